package hub

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

// User is a person in JupyterHub's shape.
type User struct {
	Kind         string            `json:"kind"` // "user"
	Name         string            `json:"name"`
	Admin        bool              `json:"admin"`
	Roles        []string          `json:"roles"`
	Groups       []string          `json:"groups"`
	Server       *string           `json:"server"`  // of the default server, if it is ready
	Pending      *string           `json:"pending"` // likewise
	Created      *string           `json:"created"` // not known here
	LastActivity *string           `json:"last_activity"`
	Servers      map[string]Server `json:"servers"`
	AuthState    *struct{}         `json:"auth_state"` // none here
}

// Self is the answer to who one is.
type Self struct {
	User
	SessionID *string  `json:"session_id"`
	TokenID   *string  `json:"token_id"`
	Scopes    []string `json:"scopes"`
}

// user renders a person with their servers.
func (h *Hub) user(u login.User, seen time.Time, servers []session.Session, used usedAt) User {
	out := User{
		Kind: "user", Name: u.Name, Admin: u.Admin, Roles: []string{"user"}, Groups: u.Groups,
		LastActivity: when(seen), Servers: map[string]Server{},
	}
	if u.Admin {
		out.Roles = []string{"admin", "user"}
	}
	if out.Groups == nil {
		out.Groups = []string{}
	}
	for _, s := range servers {
		one := h.server(s, used)
		out.Servers[one.Name] = one
		if one.LastActivity != nil && !one.Stopped && (out.LastActivity == nil || *out.LastActivity < *one.LastActivity) {
			out.LastActivity = one.LastActivity
		}
		if one.Name != "" || one.Stopped {
			continue
		}
		out.Pending = one.Pending
		if one.Ready {
			out.Server = &one.URL
		}
	}
	return out
}

// self answers with who the caller is, and what the token may do.
func (h *Hub) self(c *gin.Context) error {
	caller, err := callerOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	servers, err := h.servers(ctx, caller.User.Name, false)
	if err != nil {
		return err
	}
	out := Self{User: h.user(caller.User, h.Now(), servers, h.used(ctx)), Scopes: scopesOf(caller)}
	if caller.TokenID != "" {
		out.TokenID = &caller.TokenID
	}
	return answer(c, http.StatusOK, out)
}

// scopesOf are all that the caller may, as JupyterHub spells them out.
func scopesOf(caller login.Caller) []string {
	names := []string{}
	for _, s := range login.AllScopes() {
		if s == login.Self || s == login.Inherit || !caller.May(s) {
			continue
		}
		name := string(s)
		if strings.HasSuffix(name, "!user") {
			name += "=" + caller.User.Name
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// userShow answers with one person. A client that started a server a moment ago,
// and would give up soon, waits for it here too.
func (h *Hub) userShow(c *gin.Context) error {
	caller, user, err := target(c, login.OwnUser, login.ReadUsers)
	if err != nil {
		return err
	}
	h.waitAgain(c, caller, user)
	ctx := context.WithoutCancel(c.Request.Context()) // the gateway may be ending the wait
	known, err := h.Store.User(ctx, user)
	if err != nil {
		return err
	}
	_, stopped := c.GetQuery("include_stopped_servers")
	servers, err := h.servers(ctx, user, stopped)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, h.user(known.User, known.LastLoginAt, servers, h.used(ctx)))
}
