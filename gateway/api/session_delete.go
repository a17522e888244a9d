package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/session"
)

// sessionDelete asks for the session's end: 202 while there is no proof of it
// yet, 200 for a session that has ended.
func (a *API) sessionDelete(c *gin.Context) error {
	s, err := a.owned(c)
	if err != nil {
		return err
	}
	s, err = a.sessions.Stop(c.Request.Context(), s.ID, s.Owner, session.StoppedByOwner)
	if err != nil {
		return err
	}
	status := http.StatusAccepted
	if !s.Live() {
		status = http.StatusOK
	}
	return answer(c, status, a.session(s))
}
