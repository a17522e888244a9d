package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

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
	Scopes  []scopeChoice
}

type tokenView struct {
	ID, Name, Prefix string
	May              string // what it is for, in words
	Dead             bool   // a part of that does not work, as its owner is no admin
	Used, Expires    moment
	Expired          bool
}

type freshToken struct{ Name, Secret string }

// dayChoice is one entry of the list of life spans.
type dayChoice struct{ Days, Words string }

// dayChoices are life spans up to the longest one, 0 for none.
func dayChoices(longest time.Duration) []dayChoice {
	const day = 24 * time.Hour
	var list []dayChoice
	for _, c := range []struct {
		days  int
		words string
	}{{1, "a day"}, {7, "7 days"}, {30, "30 days"}, {90, "90 days"}, {365, "a year"}} {
		if span := time.Duration(c.days) * day; longest == 0 || span < longest {
			list = append(list, dayChoice{strconv.Itoa(c.days), c.words})
		}
	}
	switch {
	case longest == 0:
		return append(list, dayChoice{"0", "no end"})
	case longest%day == 0:
		return append(list, dayChoice{"0", fmt.Sprintf("%d days, the longest here", longest/day)})
	}
	return append(list, dayChoice{"0", span(longest) + ", the longest here"})
}

func (w *Web) tokensList(c *gin.Context) error {
	caller, _ := login.CallerOf(c.Request.Context())
	return w.renderTokens(c, http.StatusOK, tokensListPage{Days: "30", Scopes: choicesFor(caller.User, usualScopes)})
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
		v := tokenView{ID: t.ID, Name: plain(t.Name), Prefix: t.Prefix, May: scopesInWords(t.Scopes), Dead: deadScopes(caller.User, t.Scopes)}
		if !t.LastUsedAt.IsZero() {
			v.Used = ago(t.LastUsedAt, now)
		}
		if !t.ExpiresAt.IsZero() {
			v.Expires, v.Expired = day(t.ExpiresAt), !t.ExpiresAt.After(now)
		}
		page.Tokens = append(page.Tokens, v)
	}
	page.Choices = dayChoices(w.Logins.MaxTokenAge())
	page.frame = w.frame(c.Request, "API tokens", "tokens")
	return w.render(c, status, "tokens_list", &page)
}
