package web

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

// mostForm bounds a form's body, mostValue one of its values, in bytes.
const (
	mostForm  = 64 << 10
	mostValue = 256
)

// launchForm is the form that asks for a session: what was filled in, and what
// is wrong with it.
type launchForm struct {
	Apps     []appView
	Places   []placeView
	GPUTypes []string
	Banner   *banner
	Plan     *planView // what a launch would do, after it was asked
	Notices  []notice
	Presets  []presetView
	values   map[string]string
	faults   map[string][]string
}

// banner says what became of a request.
type banner struct {
	Tone, Title string
	Lines       []bannerLine
}

// bannerLine is one sentence of it; Field is where to mend it, "" for nowhere.
type bannerLine struct{ Field, Text string }

// Value is what the field holds.
func (f launchForm) Value(field string) string { return f.values[field] }

// Faults are what is wrong with the field; nil for nothing.
func (f launchForm) Faults(field string) *faultList {
	if len(f.faults[field]) == 0 {
		return nil
	}
	return &faultList{ID: "e-" + field, Texts: f.faults[field]}
}

// faultList is shown beside a field, which refers to it by the id.
type faultList struct {
	ID    string
	Texts []string
}

// Several reports whether there is more than one cluster.
func (f launchForm) Several() bool { return len(f.Places) > 1 }

// Advanced reports whether the folded fields should be open.
func (f launchForm) Advanced() bool {
	for _, field := range []string{"account", "qos"} {
		if f.values[field] != "" || len(f.faults[field]) > 0 {
			return true
		}
	}
	return false
}

// Chosen reports whether the partition is the one that is asked for.
func (f launchForm) Chosen(p partitionView) bool {
	return f.values["queue"] == p.Limits.Name && (f.values["cluster"] == p.Cluster || f.values["cluster"] == "")
}

// launchForm begins a form with these values. Where blank is set, empty fields
// get what the site would assume for them.
func (w *Web) launchForm(ctx context.Context, values session.Request, blank bool) launchForm {
	facts := w.Sessions.Facts()
	f := launchForm{
		Places: w.places(ctx, subject(ctx)), Notices: append(w.schedulerNotices(facts.Board, ""), w.queueNotices(ctx, "", "")...),
		values: values, faults: map[string][]string{},
	}
	f.Presets = w.presetCards(ctx)
	for _, a := range facts.Apps {
		f.Apps = append(f.Apps, viewOfApp(a))
	}
	for _, s := range facts.Board {
		for _, q := range s.Queues {
			for _, g := range q.GPUs {
				if g.Type != "" && !slices.Contains(f.GPUTypes, g.Type) {
					f.GPUTypes = append(f.GPUTypes, g.Type)
				}
			}
		}
	}
	if blank {
		f.assume(facts)
	}
	return f
}

// assume fills empty fields with the site's defaults.
func (f launchForm) assume(facts session.Facts) {
	d := facts.Defaults
	set := func(field, v string) {
		if f.values[field] == "" && v != "" && v != "0" && v != "0s" {
			f.values[field] = v
		}
	}
	set("app", d.App)
	if len(facts.Apps) > 0 {
		set("app", facts.Apps[0].ID)
	}
	set("cluster", d.Cluster)
	if len(facts.Board) > 0 {
		set("cluster", facts.Board[0].Cluster)
	}
	set("queue", d.Queue)
	for _, s := range facts.Board {
		for _, q := range s.Queues {
			if s.Cluster == f.values["cluster"] && q.Default {
				set("queue", q.Name)
			}
		}
	}
	set("cpus", strconv.Itoa(max(d.CPUs, 1)))
	set("memory", d.Memory.String())
	set("time_limit", d.TimeLimit.String())
	if f.values["gpus"] == "" {
		f.values["gpus"] = "0"
	}
	f.missing(facts)
}

// missing says so when a link asks for something that is not there any more.
func (f launchForm) missing(facts session.Facts) {
	if app := f.values["app"]; app != "" && !slices.ContainsFunc(facts.Apps, func(a session.App) bool { return a.ID == app }) {
		f.faults["app"] = []string{"There is no app “" + plain(app) + "” any more."}
	}
	for _, s := range facts.Board {
		if s.Cluster != f.values["cluster"] || s.At.IsZero() {
			continue
		}
		for _, q := range s.Queues {
			if q.Name == f.values["queue"] {
				return
			}
		}
		if f.values["queue"] != "" {
			f.faults["queue"] = []string{"There is no partition “" + plain(f.values["queue"]) + "” any more. Choose another one."}
		}
	}
}

// launchValues takes the fields of a launch request out of a form or a link.
func launchValues(from url.Values, board []session.Standing) session.Request {
	r := session.Request{}
	for _, field := range session.Fields {
		v := strings.TrimSpace(from.Get(field))
		if len(v) > mostValue {
			v = v[:mostValue]
		}
		if v != "" && utf8.ValidString(v) {
			r[field] = v
		}
	}
	if len(board) > 1 {
		if cluster, queue, ok := splitQueue(board, r["queue"]); ok {
			r["cluster"], r["queue"] = cluster, queue
		}
	}
	return r
}

// subject is the caller, as limits know people.
func subject(ctx context.Context) limit.Subject {
	c, _ := login.CallerOf(ctx)
	return limit.Subject{User: c.User.Name, Groups: c.User.Groups, Admin: c.User.Admin}
}
