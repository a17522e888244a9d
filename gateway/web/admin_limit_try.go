package web

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/login"
)

// adminLimitTryPage says what somebody would be allowed now.
type adminLimitTryPage struct {
	frame
	Filter *filterBar
	Person string
	Known  bool // has signed in, so that the groups are known
	Groups []string
	Places []triedPlace
}

// triedPlace is one partition, with everything that holds for the person there.
type triedPlace struct {
	Name    string
	Closed  string // why nothing can be started there; "" if something can
	Limits  []triedLimit
	Windows []string
}

// triedLimit is one limit that holds.
type triedLimit struct {
	Field, Who, Where, Max, Have, Left, Source, Note string
	Full                                             bool // nothing is left
	Link                                             string
}

const adminLimitsTry = adminLimits + "/try"

func (w *Web) adminLimitTry(c *gin.Context) error {
	ctx, query := c.Request.Context(), c.Request.URL.Query()
	page := adminLimitTryPage{frame: w.console(c.Request, "What would they be allowed?", adminLimits)}
	page.Filter = newFilter(adminLimitsTry, query,
		filterField{Kind: "text", Name: "user", Label: "User"},
		filterField{Name: "scope", Label: "Partition", Options: w.scopes("All")})
	user := page.Filter.Get("user")
	if user == "" {
		return w.render(c, http.StatusOK, "admin_limit_try", &page)
	}
	page.Person = plain(user)
	who := limit.Subject{User: user}
	switch person, err := w.Admin.Users.Store.User(ctx, user); {
	case err == nil:
		page.Known, who.Groups, who.Admin = true, person.Groups, person.Admin
	case !errors.Is(err, login.ErrNotFound):
		return err
	}
	for _, g := range who.Groups {
		page.Groups = append(page.Groups, plain(g))
	}
	cluster, queue := w.scopeOf(page.Filter.Get("scope"))
	all, err := w.Sessions.Explain(ctx, who, cluster, queue)
	if err != nil {
		return err
	}
	several := len(w.Board.All()) > 1
	for _, x := range all {
		page.Places = append(page.Places, w.triedPlace(x, several))
	}
	return w.render(c, http.StatusOK, "admin_limit_try", &page)
}

func (w *Web) triedPlace(x limit.Explanation, several bool) triedPlace {
	p := triedPlace{Name: plain(x.Queue)}
	if several {
		p.Name += " on " + plain(x.Cluster)
	}
	if denied := x.Closed(); denied != nil {
		p.Closed = sentence(plain(denied.Error()))
	}
	for _, e := range x.Limits {
		t := triedLimit{
			Field: upper(e.Field.Words), Where: plain(e.Scope.String()), Max: valueWords(e.Field, e.Max, e.Apps),
			Source: plain(e.Source), Note: plain(e.Note),
		}
		if e.GPUType != "" {
			t.Field += " (" + plain(e.GPUType) + ")"
		}
		if e.Rule != "" {
			t.Link, t.Who = adminLimits+"/"+e.Rule, plain(e.Who.String())
			if e.Together {
				t.Who += " together"
			}
			t.Source = "set by " + plain(e.SetBy)
		}
		if e.Field.Counted() {
			t.Have, t.Left = e.Field.Human(e.Have), e.Field.Human(e.Left())
			t.Full = e.Left() == 0
		}
		p.Limits = append(p.Limits, t)
	}
	now := w.Now()
	for _, m := range x.Maintenance {
		p.Windows = append(p.Windows, "Maintenance from "+clock(m.From, now).Text+" until "+clock(m.Until, now).Text)
	}
	return p
}
