package hub

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// root answers with the version: what clients ask first to see whether this is a
// JupyterHub.
func (h *Hub) root(c *gin.Context) error {
	return answer(c, http.StatusOK, map[string]string{"version": Version})
}

// class is a part of JupyterHub that a site chooses.
type class struct {
	Class   string `json:"class"`
	Version string `json:"version"`
}

// info answers with what this hub is.
func (h *Hub) info(c *gin.Context) error {
	return answer(c, http.StatusOK, map[string]any{
		"version": Version, "python": "", "sys_executable": "",
		"authenticator": class{"berth", h.Berth}, "spawner": class{"berth", h.Berth},
	})
}
