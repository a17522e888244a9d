package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
)

// logout ends the browser's login. Sessions go on running.
func (w *Web) logout(c *gin.Context) error {
	ctx := c.Request.Context()
	if caller, ok := login.CallerOf(ctx); ok && caller.LoginID != "" {
		if err := w.Logins.SignOut(ctx, caller.User.Name, caller.LoginID); err != nil {
			return err // still signed in: the cookie stays, so that it can be tried again
		}
	}
	login.ClearCookie(c.Writer, w.Site.Secure)
	c.Redirect(http.StatusSeeOther, "/login")
	return nil
}
