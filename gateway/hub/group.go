package hub

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/login"
)

// Group is a group of the directory in JupyterHub's shape.
type Group struct {
	Kind       string         `json:"kind"` // "group"
	Name       string         `json:"name"`
	Users      []string       `json:"users"` // who have signed in
	Roles      []string       `json:"roles"`
	Properties map[string]any `json:"properties"`
}

func group(g admin.Membership) Group {
	return Group{Kind: "group", Name: g.Group, Users: g.Users, Roles: []string{}, Properties: map[string]any{}}
}

// groupsList answers with the groups that people are in.
func (h *Hub) groupsList(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	found, total, err := h.Store.Memberships(c.Request.Context(), p.Offset, p.Limit)
	if err != nil {
		return err
	}
	groups := make([]Group, len(found))
	for i, g := range found {
		groups[i] = group(g)
	}
	return answerPage(h, c, p, groups, total)
}

// groupShow answers with one group.
func (h *Hub) groupShow(c *gin.Context) error {
	name := c.Param("group")
	if len(name) > 256 || strings.ContainsRune(name, 0) {
		return login.ErrNotFound
	}
	users, err := h.Store.Members(c.Request.Context(), name)
	if err != nil {
		return err
	}
	if len(users) == 0 {
		return login.ErrNotFound
	}
	return answer(c, http.StatusOK, group(admin.Membership{Group: name, Users: users}))
}
