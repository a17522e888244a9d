package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
)

// tokensListPage is one's API tokens and the form that makes one.
type tokensListPage struct {
	frame
	Tokens  []tokenView
	Fresh   *freshToken // just made; shown this once
	Banner  *banner
	Name    string
	Days    string
	Choices []dayChoice
}

type tokenView struct {
	ID, Name, Prefix string
	Used, Expires    moment
	Expired          bool
}

type freshToken struct{ Name, Secret string }

// dayChoice is one entry of the list of life spans.
type dayChoice struct{ Days, Words string }

var dayChoices = []dayChoice{
	{"7", "7 days"}, {"30", "30 days"}, {"90", "90 days"}, {"365", "a year"}, {"0", "as long as the site allows"},
}

func (w *Web) tokensList(c *gin.Context) error {
	return w.renderTokens(c, http.StatusOK, tokensListPage{Days: "30"})
}

func (w *Web) renderTokens(c *gin.Context, status int, page tokensListPage) error {
	caller, _ := login.CallerOf(c.Request.Context())
	tokens, err := w.Logins.ListTokens(c.Request.Context(), caller.User.Name)
	if err != nil {
		return err
	}
	now := w.Now()
	for i := len(tokens) - 1; i >= 0; i-- { // newest first
		t := tokens[i]
		v := tokenView{ID: t.ID, Name: plain(t.Name), Prefix: t.Prefix}
		if !t.LastUsedAt.IsZero() {
			v.Used = ago(t.LastUsedAt, now)
		}
		if !t.ExpiresAt.IsZero() {
			v.Expires, v.Expired = day(t.ExpiresAt), !t.ExpiresAt.After(now)
		}
		page.Tokens = append(page.Tokens, v)
	}
	page.Choices = dayChoices
	page.frame = w.frame(c.Request, "API tokens", "tokens")
	return w.render(c, status, "tokens_list", &page)
}
