package web

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/limit"
)

const adminLimits = "/admin/limits"

// adminLimitsPage lists the site's limits.
type adminLimitsPage struct {
	frame
	Said   string
	Filter *filterBar
	Rows   []ruleRow
	Pager  pager
	Try    tryForm
}

// ruleRow is one limit of the site.
type ruleRow struct {
	ID, Field, GPUType, Value string
	Who, Where, Note, By      string
	Together                  bool
	When                      moment
}

// tryForm asks what somebody would be allowed now.
type tryForm struct{ User, Scope string }

func (w *Web) adminLimitsList(c *gin.Context) error {
	query := c.Request.URL.Query()
	page := adminLimitsPage{frame: w.console(c.Request, "Limits", adminLimits), Said: said(c)}
	fields := []option{{"", "Any"}}
	for _, f := range limit.Fields {
		fields = append(fields, option{f.Name, upper(f.Words)})
	}
	page.Filter = newFilter(adminLimits, query,
		filterField{Kind: "search", Name: "q", Label: "Search", Placeholder: "user, group, partition, note"},
		filterField{Name: "field", Label: "Limit", Options: fields})
	rules, err := w.Admin.Limits.List(c.Request.Context())
	if err != nil {
		return err
	}
	here, begun := query.Get(afterKey), query.Get(afterKey) == ""
	var found []limit.Rule
	for _, r := range rules {
		if begun && ruleMatches(r, page.Filter.Get("q"), page.Filter.Get("field")) {
			found = append(found, r)
		}
		begun = begun || r.ID == here
	}
	found, page.Pager = paged(found, page.Filter, here, func(r limit.Rule) string { return r.ID })
	page.Pager.FirstWords, page.Pager.NextWords = "First", "Next"
	for _, r := range found {
		page.Rows = append(page.Rows, w.ruleRow(r))
	}
	return w.render(c, http.StatusOK, "admin_limits_list", &page)
}

// ruleMatches reports whether the rule has every word somewhere, and the field.
func ruleMatches(r limit.Rule, words, field string) bool {
	if field != "" && r.Field != field {
		return false
	}
	all := strings.ToLower(r.Title() + " " + r.Text() + " " + r.Note + " " + r.SetBy)
	for _, word := range strings.Fields(strings.ToLower(words)) {
		if !strings.Contains(all, word) {
			return false
		}
	}
	return true
}

func (w *Web) ruleRow(r limit.Rule) ruleRow {
	f, _ := limit.FieldOf(r.Field)
	row := ruleRow{
		ID: r.ID, Field: upper(f.Words), GPUType: plain(r.GPUType), Who: plain(r.Who.String()), Where: plain(r.Scope.String()),
		Note: plain(r.Note), By: plain(r.SetBy), Together: r.Together, When: ago(r.SetAt, w.Now()), Value: valueWords(f, r.Value, r.Apps),
	}
	if row.Field == "" {
		row.Field = plain(r.Field)
	}
	return row
}

// valueWords is a limit's value for people.
func valueWords(f limit.Field, value int64, apps []string) string {
	switch {
	case f.Unit == limit.List && len(apps) == 0:
		return "none"
	case f.Unit == limit.List:
		return plain(strings.Join(apps, ", "))
	}
	return f.Human(value)
}

// upper begins a phrase with a capital letter.
func upper(words string) string {
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:]
}
