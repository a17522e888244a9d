package web

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// sessionNewPage is the form that asks for a session.
type sessionNewPage struct {
	frame
	Form launchForm
}

// sessionNew shows the form. The address may fill it in; it starts nothing.
func (w *Web) sessionNew(c *gin.Context) error {
	values := launchValues(c.Request.URL.Query(), w.Board.All())
	return w.renderForm(c, http.StatusOK, w.launchForm(c.Request.Context(), values, true))
}

func (w *Web) renderForm(c *gin.Context, status int, form launchForm) error {
	f := w.frame(c.Request, "New session", "new")
	return w.render(c, status, "session_new", &sessionNewPage{frame: f, Form: form})
}
