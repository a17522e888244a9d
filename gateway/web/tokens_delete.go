package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
)

// tokensDelete ends one of the caller's tokens.
func (w *Web) tokensDelete(c *gin.Context) error {
	ctx := c.Request.Context()
	caller, _ := login.CallerOf(ctx)
	if err := w.Logins.DeleteToken(ctx, caller.User.Name, c.Param("id")); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/tokens")
	return nil
}
