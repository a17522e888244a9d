package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

// sessionStop asks for a session's end and shows its page, which says how the
// end goes.
func (w *Web) sessionStop(c *gin.Context) error {
	s, err := w.owned(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	caller, _ := login.CallerOf(ctx)
	if _, err := w.Sessions.Stop(ctx, s.ID, caller.User.Name, session.StoppedByOwner); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/sessions/"+string(s.ID))
	return nil
}
