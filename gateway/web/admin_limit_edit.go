package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/login"
)

// adminLimitPage is the form of one limit.
type adminLimitPage struct {
	frame
	Form   limitForm
	Banner *banner
}

// limitForm is what was filled in. A limit that is there keeps its key: what it
// limits, for whom and where; only the value and the note change.
type limitForm struct {
	ID       string // "": a new one
	Title    string // of one that is there
	Field    string
	GPUType  string
	Kind     string // of whom: "everyone", "group", "user"
	Name     string
	Scope    string
	Together bool
	Value    string
	Note     string
	Hint     string // how a value of this one is written

	Fields   []fieldGroup
	Kinds    []option
	Scopes   []option
	GPUTypes []string
	Faults   map[string]string
}

// fieldGroup is a heading in the list of what can be limited.
type fieldGroup struct {
	Words   string
	Options []option
}

var valueHints = map[limit.Unit]string{
	limit.Count: "a whole number; 0 allows none", limit.Bytes: "like 64G", limit.Seconds: "like 8h or 2d",
	limit.GPUSeconds: "hours, like 100 or 2.5", limit.YesNo: "yes or no", limit.List: "apps by id, with commas",
}

var kindWords = map[limit.Kind]string{
	limit.MayUse: "May be used", limit.PerSession: "For each session", limit.AtOnce: "At once", limit.PerPeriod: "In a time",
}

func (w *Web) adminLimitNew(c *gin.Context) error {
	q := c.Request.URL.Query()
	return w.renderLimit(c, http.StatusOK, limitForm{
		Field: q.Get("field"), Kind: q.Get("kind"), Name: q.Get("name"), Scope: q.Get("scope"),
	}, nil)
}

func (w *Web) adminLimitEdit(c *gin.Context) error {
	r, err := w.rule(c)
	if err != nil {
		return err
	}
	return w.renderLimit(c, http.StatusOK, formOf(r), nil)
}

// rule is the limit of the path.
func (w *Web) rule(c *gin.Context) (limit.Rule, error) {
	r, err := w.Admin.Limits.Get(c.Request.Context(), c.Param("id"))
	if errors.Is(err, limit.ErrNotFound) {
		err = login.ErrNotFound
	}
	return r, err
}

func formOf(r limit.Rule) limitForm {
	return limitForm{
		ID: r.ID, Title: upper(plain(r.Title())), Field: r.Field, GPUType: r.GPUType, Kind: string(r.Who.Kind), Name: r.Who.Name,
		Scope: r.Scope.Cluster + "/" + r.Scope.Queue, Together: r.Together, Value: r.Text(), Note: r.Note,
	}
}

func (w *Web) renderLimit(c *gin.Context, status int, form limitForm, b *banner) error {
	title := "New limit"
	if form.ID != "" {
		title = "Change a limit"
	}
	if form.Faults == nil {
		form.Faults = map[string]string{}
	}
	if f, ok := limit.FieldOf(form.Field); ok {
		form.Hint = upper(valueHints[f.Unit])
	}
	var groups []fieldGroup
	for _, f := range limit.Fields {
		words := kindWords[f.Kind]
		if n := len(groups); n == 0 || groups[n-1].Words != words {
			groups = append(groups, fieldGroup{Words: words})
		}
		last := &groups[len(groups)-1]
		last.Options = append(last.Options, option{f.Name, upper(f.Words) + " (" + valueHints[f.Unit] + ")"})
	}
	form.Fields = groups
	form.Kinds = []option{{"everyone", "Everyone"}, {"group", "A group"}, {"user", "One user"}}
	form.Scopes = w.scopes("Everywhere")
	for _, s := range w.Board.All() {
		for _, q := range s.Queues {
			for _, g := range q.GPUs {
				form.GPUTypes = append(form.GPUTypes, g.Type)
			}
		}
	}
	form.GPUTypes = distinct(form.GPUTypes)
	return w.render(c, status, "admin_limit_edit", &adminLimitPage{frame: w.console(c.Request, title, adminLimits), Form: form, Banner: b})
}

// distinct is the list without repetitions and empty texts.
func distinct(list []string) []string {
	seen := map[string]bool{"": true}
	var out []string
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// adminLimitSave sets the limit that the form describes. For a new one that is
// there already, under the same key, it asks first: its value would change.
func (w *Web) adminLimitSave(c *gin.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	values, ctx := c.Request.PostForm, c.Request.Context()
	form := limitForm{
		Field: values.Get("field"), GPUType: strings.TrimSpace(values.Get("gpu_type")), Kind: values.Get("kind"),
		Name: strings.TrimSpace(values.Get("name")), Scope: values.Get("scope"), Together: values.Get("together") == "yes",
		Value: strings.TrimSpace(values.Get("value")), Note: strings.TrimSpace(values.Get("note")), Faults: map[string]string{},
	}
	var r limit.Rule
	if id := c.Param("id"); id != "" {
		old, err := w.rule(c)
		if err != nil {
			return err
		}
		kept := formOf(old)
		kept.Value, kept.Note, kept.Faults = form.Value, form.Note, form.Faults
		form, r = kept, old
	} else {
		cluster, queue := w.scopeOf(form.Scope)
		if cluster == "" && form.Scope != "/" && form.Scope != "" {
			form.Faults["queue"] = "There is no such partition any more."
		}
		r = limit.Rule{
			Scope: limit.Scope{Cluster: cluster, Queue: queue}, Who: limit.Who{Kind: limit.WhoKind(form.Kind), Name: form.Name},
			Together: form.Together, Field: form.Field, GPUType: form.GPUType,
		}
		if r.Who.Kind == limit.Everyone {
			r.Who.Name = ""
		}
	}
	r.Note = form.Note
	if f, ok := limit.FieldOf(r.Field); ok {
		var err error
		if r.Value, r.Apps, err = f.Parse(form.Value); err != nil {
			form.Faults["value"] = upper(f.Words+strings.TrimPrefix(err.Error(), f.Name)) + "."
		} else if words := w.noSuchApp(r.Apps); words != "" {
			form.Faults["value"] = words
		}
	}
	var invalid *limit.Invalid
	if errors.As(r.Check(), &invalid) {
		addFaults(form.Faults, invalid)
	}
	if len(form.Faults) > 0 {
		return w.renderLimit(c, http.StatusUnprocessableEntity, form, nil)
	}
	_, err := w.Admin.Limits.Set(ctx, actor(c), r)
	switch {
	case err == nil:
		sayAt(c, adminLimits, "limited", 0)
		return nil
	case errors.Is(err, limit.ErrMoved):
		return w.renderLimit(c, http.StatusConflict, form, &banner{
			Tone: "warn", Title: "Somebody else has changed the limits meanwhile", Lines: []bannerLine{{Text: "Look again, then save once more."}},
		})
	case errors.As(err, &invalid):
		addFaults(form.Faults, invalid)
		return w.renderLimit(c, http.StatusUnprocessableEntity, form, nil)
	}
	return err
}

func addFaults(faults map[string]string, invalid *limit.Invalid) {
	for _, f := range invalid.Faults {
		if faults[f.Part] == "" {
			faults[f.Part] = sentence(upper(f.Message))
		}
	}
}

// adminLimitDelete removes a limit, after having asked.
func (w *Web) adminLimitDelete(c *gin.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	r, err := w.rule(c)
	if err != nil {
		return err
	}
	if !confirmed(c.Request.PostForm) {
		return w.confirm(c, adminLimits, c.Request.PostForm, confirmPage{
			Heading: "Delete this limit?", Danger: true, Do: "Delete it", Back: adminLimits + "/" + url.PathEscape(r.ID),
			Lines:  []string{"What it forbids is allowed from then on, unless another limit forbids it too."},
			Things: []string{plain(fmt.Sprintf("%s: %s", upper(r.Title()), r.Text()))},
		})
	}
	_, err = w.Admin.Limits.Delete(c.Request.Context(), actor(c), r.ID)
	if errors.Is(err, limit.ErrNotFound) {
		err = nil // somebody was faster
	}
	if err != nil {
		return err
	}
	sayAt(c, adminLimits, "unlimited", 0)
	return nil
}

// noSuchApp says which of the apps is not in the catalogue: somebody who may
// start that one alone could start nothing. It is "" when all are.
func (w *Web) noSuchApp(apps []string) string {
	known := w.Sessions.Facts().Apps
	ids := make([]string, len(known))
	for i, a := range known {
		ids[i] = a.ID
	}
	for _, id := range apps {
		if !slices.Contains(ids, id) {
			return fmt.Sprintf("There is no app %q; there is: %s.", plain(id), strings.Join(ids, ", "))
		}
	}
	return ""
}
