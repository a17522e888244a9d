package web

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

// adminSessionsStop stops one session or many, after having asked why.
func (w *Web) adminSessionsStop(c *gin.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	form := c.Request.PostForm
	back := form.Get("back")
	if back == "" {
		back = adminSessions
	}
	var ids []session.ID
	for _, id := range form["id"] {
		if session.ID(id).Valid() && !slices.Contains(ids, session.ID(id)) {
			ids = append(ids, session.ID(id))
		}
	}
	if len(ids) == 0 {
		sayAt(c, back, "none", 0)
		return nil
	}
	var refused *admin.Invalid
	if confirmed(form) {
		n, err := w.Admin.Sessions.StopMany(c.Request.Context(), actor(c), ids, form.Get("reason"))
		switch {
		case err == nil:
			sayAt(c, back, "stopped", n)
			return nil
		case !errors.As(err, &refused):
			return partly(n, len(ids), err)
		}
	}
	page := confirmPage{
		Heading: "Stop " + count(len(ids), "session", "sessions") + "?", Danger: true, Back: login.SafeNext(back),
		Lines:  []string{"Running jobs are cancelled, waiting ones leave the queue. What is only in memory is lost."},
		Do:     "Stop " + count(len(ids), "session", "sessions"),
		Reason: &reasonField{Label: "Why", Value: form.Get("reason"), Hint: "The owner can read it, and it is in the audit log."},
	}
	if refused != nil {
		page.Reason.Fault = refused.Reason
	}
	for _, id := range ids[:min(len(ids), mostThings)] {
		s, err := w.Admin.Sessions.Get(c.Request.Context(), id)
		if err != nil {
			return err
		}
		page.Things = append(page.Things, plain(fmt.Sprintf("%s of %s, %s on %s", s.Name, s.Owner, s.State, s.Queue)))
	}
	page.More = len(ids) - len(page.Things)
	return w.confirm(c, adminSessions, form, page)
}
