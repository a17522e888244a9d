package hub

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

// pages are JupyterHub's pages, which lead to ours: people have bookmarks, and
// documents have links.
func (h *Hub) pages(add func(method, path string, access login.Access, handle func(*gin.Context) error)) {
	for path, to := range map[string]string{
		"/hub": "/", "/hub/": "/", "/hub/home": "/", "/hub/token": "/tokens", "/hub/admin": "/admin",
		"/hub/spawn": "/sessions/new", "/hub/spawn/:user": "/sessions/new", "/hub/spawn/:user/:server": "/sessions/new",
		"/hub/logout": "/", "/hub/health": "/healthz",
	} {
		add(http.MethodGet, path, login.Anyone, moved(to))
	}
	add(http.MethodGet, "/hub/login", login.Anyone, signIn)
	add(http.MethodGet, "/hub/spawn-pending/:user", login.SignedIn, h.spawnPending)
	add(http.MethodGet, "/hub/spawn-pending/:user/:server", login.SignedIn, h.spawnPending)
	add(http.MethodGet, "/hub/user-redirect/*path", login.SignedIn, h.userRedirect)
}

func moved(to string) func(*gin.Context) error {
	return func(c *gin.Context) error {
		c.Redirect(http.StatusFound, to)
		return nil
	}
}

// signIn leads to the login page, and from there to where one wanted to go.
func signIn(c *gin.Context) error {
	to := "/login"
	if next := c.Query("next"); next != "" {
		to += "?next=" + url.QueryEscape(next) // the login page checks it
	}
	c.Redirect(http.StatusFound, to)
	return nil
}

// spawnPending leads to the session's page.
func (h *Hub) spawnPending(c *gin.Context) error {
	_, user, err := target(c, login.OwnRead, "")
	if err != nil {
		return err
	}
	s, err := h.find(c.Request.Context(), user, c.Param("server"))
	if err != nil {
		return err
	}
	c.Redirect(http.StatusFound, "/sessions/"+string(s.ID)+"?open=1")
	return nil
}

// userRedirect leads to a path in the caller's own default server: the one that
// lives, or else a form to start it.
func (h *Hub) userRedirect(c *gin.Context) error {
	caller, err := callerOf(c)
	if err != nil {
		return err
	}
	to := "/sessions/new"
	s, err := h.find(c.Request.Context(), caller.User.Name, "")
	if err == nil && s.Live() {
		base := url.URL{Path: session.BasePath(s.Owner, s.Name)}
		inner := strings.TrimLeft(strings.TrimPrefix(c.Request.URL.EscapedPath(), "/hub/user-redirect"), "/")
		if to = base.EscapedPath() + inner; c.Request.URL.RawQuery != "" {
			to += "?" + c.Request.URL.RawQuery
		}
	}
	c.Redirect(http.StatusFound, to)
	return nil
}
