package web

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"
)

// mostThings is how many of the things that a change concerns are named.
const mostThings = 20

// confirmPage asks an admin once more before something that hurts. It repeats
// the request's values, so that nothing has to be kept meanwhile, and works
// without JavaScript.
type confirmPage struct {
	frame
	Heading   string
	Lines     []string // what happens then
	Things    []string // what it concerns; the first ones are named
	More      int      // and how many more
	Action    string   // where the answer goes
	Values    []hidden
	Reason    *reasonField // where one has to be given
	Banner    *banner
	Do        string // the button's word: "Stop 3 sessions"
	Danger    bool
	Back      string
	BackWords string
}

// hidden is a value that a form carries along.
type hidden struct{ Name, Value string }

// reasonField asks for a reason.
type reasonField struct{ Label, Value, Hint, Fault string }

// confirmed reports whether the form has been through confirm.
func confirmed(form url.Values) bool { return form.Get("confirm") == "yes" }

// confirm shows the page; path is the console's entry. The form's values come
// back with the answer.
func (w *Web) confirm(c *gin.Context, path string, form url.Values, page confirmPage) error {
	page.frame = w.console(c.Request, page.Heading, path)
	if page.Action == "" {
		page.Action = c.Request.URL.Path
	}
	if page.BackWords == "" {
		page.BackWords = "Go back"
	}
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if name == "confirm" || name == "reason" {
			continue
		}
		for _, v := range form[name] {
			page.Values = append(page.Values, hidden{name, v})
		}
	}
	if len(page.Things) > mostThings {
		page.More = len(page.Things) - mostThings
		page.Things = page.Things[:mostThings]
	}
	status := http.StatusOK
	if page.Banner != nil || page.Reason != nil && page.Reason.Fault != "" {
		status = http.StatusUnprocessableEntity
	}
	return w.render(c, status, "confirm_show", &page)
}
