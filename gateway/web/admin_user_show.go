package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

// adminUserPage is one person: what they hold, had, and are signed in with.
type adminUserPage struct {
	frame
	Said   string
	Person personView
	Live   []adminSessionRow
	Ended  []adminSessionRow
	Logins []loginView
	Tokens []tokenView
}

// loginView is a browser that is signed in.
type loginView struct {
	Address, Browser string
	Since, Seen      moment
}

// mostOfOne is how many sessions of each kind a person's page shows.
const mostOfOne = 20

func (w *Web) adminUserShow(c *gin.Context) error {
	ctx := c.Request.Context()
	person, err := w.Admin.Users.Store.User(ctx, c.Param("user"))
	if err != nil {
		return err
	}
	page := adminUserPage{frame: w.console(c.Request, person.Name, adminUsers), Said: said(c), Person: w.personView(person)}
	if page.Live, err = w.sessionRows(c, admin.SessionFilter{State: admin.Live, Owner: person.Name, Limit: mostOfOne}); err != nil {
		return err
	}
	if page.Ended, err = w.sessionRows(c, admin.SessionFilter{State: string(session.Ended), Owner: person.Name, Limit: mostOfOne}); err != nil {
		return err
	}
	logins, err := w.Admin.Users.Store.LoginsOf(ctx, person.Name)
	if err != nil {
		return err
	}
	now := w.Now()
	for _, l := range logins {
		page.Logins = append(page.Logins, loginView{plain(l.IP), plain(l.UserAgent), ago(l.CreatedAt, now), ago(l.LastSeenAt, now)})
	}
	tokens, err := w.Logins.ListTokens(ctx, person.Name)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		page.Tokens = append(page.Tokens, w.adminTokenView(t))
	}
	return w.render(c, http.StatusOK, "admin_user_show", &page)
}

func (w *Web) adminTokenView(t login.Token) tokenView {
	now := w.Now()
	v := tokenView{ID: t.ID, Name: plain(t.Name), Prefix: plain(t.Prefix)}
	if !t.LastUsedAt.IsZero() {
		v.Used = ago(t.LastUsedAt, now)
	}
	if !t.ExpiresAt.IsZero() {
		v.Expires, v.Expired = day(t.ExpiresAt), !t.ExpiresAt.After(now)
	}
	return v
}

func (w *Web) sessionRows(c *gin.Context, f admin.SessionFilter) ([]adminSessionRow, error) {
	found, err := w.Admin.Sessions.Find(c.Request.Context(), f)
	if err != nil {
		return nil, err
	}
	rows := make([]adminSessionRow, len(found))
	for i, s := range found {
		rows[i] = w.adminSessionRow(s)
	}
	return rows, nil
}

// adminUserChange does one of the things that can be done to a person, after
// having asked.
func (w *Web) adminUserChange(what userChange) func(*gin.Context) error {
	return func(c *gin.Context) error { return w.changeUser(c, what) }
}

func (w *Web) changeUser(c *gin.Context, what userChange) error {
	if err := parseForm(c); err != nil {
		return err
	}
	ctx, form := c.Request.Context(), c.Request.PostForm
	person, err := w.Admin.Users.Store.User(ctx, c.Param("user"))
	if err != nil {
		return err
	}
	page := what.page
	page.Back = adminUsers + "/" + url.PathEscape(person.Name)
	page.Danger = true
	page.Heading += " (" + plain(person.Name) + ")"
	if what.reason {
		page.Reason = &reasonField{Label: "Why", Value: form.Get("reason"), Hint: "The owner can read it, and it is in the audit log."}
	}
	if confirmed(form) {
		n, err := what.do(w, c, person.Name, form.Get("reason"))
		var refused *admin.Invalid
		switch {
		case err == nil:
			sayAt(c, page.Back, what.said, n)
			return nil
		case !errors.As(err, &refused) || page.Reason == nil:
			return err
		}
		page.Reason.Fault = refused.Reason
	}
	return w.confirm(c, adminUsers, form, page)
}

// userChange is one of the things that can be done to a person.
type userChange struct {
	page   confirmPage
	reason bool
	said   string
	do     func(w *Web, c *gin.Context, user, reason string) (int, error)
}

// The things that can be done to a person.
var (
	userSignOut = userChange{
		page: confirmPage{
			Heading: "Sign out everywhere?", Do: "Sign out everywhere",
			Lines: []string{"Every browser of theirs has to sign in anew. Their sessions go on running."},
		},
		said: "signedout",
		do: func(w *Web, c *gin.Context, user, _ string) (int, error) {
			return w.Admin.Users.SignOut(c.Request.Context(), actor(c), user)
		},
	}
	userRevoke = userChange{
		page: confirmPage{
			Heading: "Revoke every API token?", Do: "Revoke the tokens",
			Lines: []string{"Programs that use them are refused from then on. It cannot be undone: new tokens have to be made."},
		},
		said: "revoked",
		do: func(w *Web, c *gin.Context, user, _ string) (int, error) {
			return w.Admin.Users.RevokeTokens(c.Request.Context(), actor(c), user)
		},
	}
	userStop = userChange{
		page: confirmPage{
			Heading: "Stop every session?", Do: "Stop the sessions",
			Lines: []string{"Running jobs are cancelled, waiting ones leave the queue. What is only in memory is lost."},
		},
		reason: true, said: "stopped",
		do: func(w *Web, c *gin.Context, user, reason string) (int, error) {
			return w.Admin.Users.StopAll(c.Request.Context(), actor(c), user, reason)
		},
	}
)
