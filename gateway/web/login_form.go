package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
)

// loginFormPage asks for name and password.
type loginFormPage struct {
	frame
	Username string
	Next     string // a path of our own, where to go on
	Banner   *banner
}

// loginForm shows the form, or leads on who is signed in already.
func (w *Web) loginForm(c *gin.Context) error {
	next := login.SafeNext(c.Query("next"))
	if _, ok := login.CallerOf(c.Request.Context()); ok {
		c.Redirect(http.StatusSeeOther, next)
		return nil
	}
	return w.renderLogin(c, http.StatusOK, loginFormPage{Next: next})
}

func (w *Web) renderLogin(c *gin.Context, status int, page loginFormPage) error {
	page.frame = w.frame(c.Request, "Sign in", "")
	page.User, page.Narrow = nil, true
	return w.render(c, status, "login_form", &page)
}
