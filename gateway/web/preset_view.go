package web

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/preset"
	"github.com/berth-hpc/berth/gateway/session"
)

// presetView is a card above the form: a launch in one click.
type presetView struct {
	ID     string // one's own: it can be renamed and deleted
	Name   string
	Kind   string // "", or why it is there: "last used", "from the site"
	Words  string
	About  string
	App    appView
	Fields []fieldValue
	Link   string // the form, filled in with it
}

// fieldValue is a field of a form that is sent unseen.
type fieldValue struct{ Name, Value string }

// presets are the cards above the caller's form: what was last used, one's own,
// the site's. What cannot be read is left out; the form works without.
func (w *Web) presetCards(ctx context.Context) []presetView {
	user := subject(ctx).User
	var cards []presetView
	last, err := w.Sessions.Store.List(ctx, session.Filter{Owner: user, Limit: 1})
	if err != nil {
		w.Log.WarnContext(ctx, "last used", "user", user, "err", err)
	}
	for _, s := range last {
		values := asked(s)
		delete(values, "name")
		v := w.presetView(preset.Preset{Values: values})
		v.Name, v.Words, v.Kind = v.Words, "", "Last used"
		cards = append(cards, v)
	}
	own, err := w.Presets.Own(ctx, user)
	if err != nil {
		w.Log.WarnContext(ctx, "presets", "user", user, "err", err)
	}
	for _, p := range own {
		cards = append(cards, w.presetView(p))
	}
	for _, p := range w.Presets.Site {
		v := w.presetView(p)
		v.Kind = "From the site"
		cards = append(cards, v)
	}
	return cards
}

func (w *Web) presetView(p preset.Preset) presetView {
	v := presetView{
		ID: p.ID, Name: plain(p.Name), About: plain(p.Description), Words: w.requestWords(p.Values),
		App: w.appView(p.Values["app"]), Fields: fieldsOf(p.Values), Link: requestLink(p.Values),
	}
	if p.Values["app"] == "" {
		v.App = appView{Icon: "app"}
	}
	return v
}

// fieldsOf are the values in the form's order.
func fieldsOf(r session.Request) []fieldValue {
	var fields []fieldValue
	for _, field := range session.Fields {
		if r[field] != "" {
			fields = append(fields, fieldValue{field, r[field]})
		}
	}
	return fields
}

// requestLink is the form, filled in.
func requestLink(r session.Request) string {
	q := url.Values{}
	for _, f := range fieldsOf(r) {
		q.Set(f.Name, f.Value)
	}
	return "/sessions/new?" + q.Encode()
}

// requestWords says what a request asks for: "2 × a100, 4 h, JupyterLab".
func (w *Web) requestWords(r session.Request) string {
	var words []string
	if n, err := strconv.Atoi(r["gpus"]); err == nil && n > 0 {
		words = append(words, resources(batch.Resources{GPUs: n, GPUType: r["gpu_type"]})...)
	}
	if n, err := strconv.Atoi(r["cpus"]); err == nil && n > 0 {
		words = append(words, count(n, "CPU", "CPUs"))
	}
	if b, err := batch.ParseBytes(r["memory"]); err == nil && b > 0 {
		words = append(words, b.Human())
	}
	if d, err := batch.ParseDuration(r["time_limit"]); err == nil && d > 0 {
		words = append(words, span(d.Std()))
	}
	if r["queue"] != "" {
		words = append(words, r["queue"])
	}
	if r["app"] != "" {
		words = append(words, w.appView(r["app"]).Name)
	}
	return plain(strings.Join(words, ", "))
}
