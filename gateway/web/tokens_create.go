package web

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
)

// tokensCreate makes a token and shows it in its answer, not by a redirect: the
// secret is kept nowhere from which another page could show it.
func (w *Web) tokensCreate(c *gin.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	form := c.Request.PostForm
	page := tokensListPage{Name: form.Get("name"), Days: form.Get("days")}
	days, err := strconv.Atoi(page.Days)
	if err != nil || days < 0 || days > 36500 {
		return &BadRequest{Err: errors.New("days is no number of days")}
	}
	ctx := c.Request.Context()
	caller, _ := login.CallerOf(ctx)
	n := login.NewToken{Name: page.Name, Life: time.Duration(days) * 24 * time.Hour}
	for _, s := range form["scope"] {
		n.Scopes = append(n.Scopes, login.Scope(s))
	}
	page.Scopes = choicesFor(caller.User, n.Scopes)
	t, secret, err := login.Token{}, "", error(&login.InvalidToken{Field: "scopes", Reason: "Choose at least one thing that it may do."})
	if len(n.Scopes) > 0 {
		t, secret, err = w.Logins.CreateToken(ctx, caller, n)
	}
	var invalid *login.InvalidToken
	if errors.As(err, &invalid) {
		page.Banner = &banner{Tone: "bad", Title: "No token was made", Lines: []bannerLine{{Text: invalid.Reason}}}
		return w.renderTokens(c, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	return w.renderTokens(c, http.StatusOK, tokensListPage{
		Fresh: &freshToken{Name: plain(t.Name), Secret: secret}, Days: page.Days, Scopes: choicesFor(caller.User, usualScopes),
	})
}
