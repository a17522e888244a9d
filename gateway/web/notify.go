package web

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

// MailChoices keeps who wants mail about their sessions.
type MailChoices interface {
	WantsMail(ctx context.Context, owner string) (bool, error)
	SetWantsMail(ctx context.Context, owner string, wants bool) error
}

// mailView is the button that asks for mail, or ends it.
type mailView struct {
	To   string
	Back session.ID
	On   bool
}

// mailChoice is nil where there is no mail to ask for.
func (w *Web) mailChoice(ctx context.Context, s session.Session) (*mailView, error) {
	caller, _ := login.CallerOf(ctx)
	if w.Mail == nil || caller.User.Mail == "" {
		return nil, nil
	}
	on, err := w.Mail.WantsMail(ctx, caller.User.Name)
	if err != nil || (!s.Live() && !on) {
		return nil, err
	}
	return &mailView{To: plain(caller.User.Mail), Back: s.ID, On: on}, nil
}

// notifySave keeps whether the caller wants mail.
func (w *Web) notifySave(c *gin.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	ctx := c.Request.Context()
	form := c.Request.PostForm
	if w.Mail != nil {
		if err := w.Mail.SetWantsMail(ctx, subject(ctx).User, form.Get("mail") == "on"); err != nil {
			return err
		}
	}
	to := "/"
	if id := session.ID(form.Get("back")); id.Valid() {
		to = "/sessions/" + string(id)
	}
	c.Redirect(http.StatusSeeOther, to)
	return nil
}
