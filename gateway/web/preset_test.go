package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/berth-hpc/berth/gateway/preset"
	"github.com/berth-hpc/berth/gateway/session"
)

// drawer keeps presets in memory.
type drawer struct {
	mu  sync.Mutex
	all []preset.Preset
}

func (d *drawer) Presets(_ context.Context, owner string) ([]preset.Preset, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var own []preset.Preset
	for _, p := range d.all {
		if p.Owner == owner {
			own = append(own, p)
		}
	}
	return own, nil
}

func (d *drawer) AddPreset(_ context.Context, p preset.Preset, most int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.all) >= most {
		return preset.ErrTooMany
	}
	if slices.ContainsFunc(d.all, func(o preset.Preset) bool { return o.Owner == p.Owner && o.Name == p.Name }) {
		return preset.ErrNameTaken
	}
	d.all = append(d.all, p)
	return nil
}

func (d *drawer) at(owner, id string) int {
	return slices.IndexFunc(d.all, func(p preset.Preset) bool { return p.Owner == owner && p.ID == id })
}

func (d *drawer) RenamePreset(_ context.Context, owner, id, name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := d.at(owner, id)
	if i < 0 {
		return preset.ErrNotFound
	}
	d.all[i].Name = name
	return nil
}

func (d *drawer) DeletePreset(_ context.Context, owner, id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := d.at(owner, id)
	if i < 0 {
		return preset.ErrNotFound
	}
	d.all = slices.Delete(d.all, i, i+1)
	return nil
}

// shelved gives a site presets.
func shelved(_ *session.Options, c *Config) {
	c.Presets = &preset.Shelf{Store: &drawer{}, Now: time.Now, Site: []preset.Preset{{
		Name: "Course: deep learning", Description: "For the exercises on Mondays",
		Values: session.Request{"app": "lab", "queue": "gpu", "gpus": "1", "gpu_type": "a100", "cpus": "4", "memory": "16G", "time_limit": "2h"},
	}}}
}

// cardForm is the form of the preset card of that name: what one click sends.
func cardForm(t *testing.T, page, name string) url.Values {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Data != "form" || attr(n, "action") != "/sessions" || attr(n, "class") == "launch" {
			continue
		}
		values, says := url.Values{}, ""
		for in := range n.Descendants() {
			if in.Data == "input" {
				values.Set(attr(in, "name"), attr(in, "value"))
			}
			if in.Type == html.TextNode {
				says += in.Data
			}
		}
		if strings.Contains(says, name) {
			return values
		}
	}
	t.Fatalf("there is no card %q", name)
	return nil
}

// TestAPresetsDay: kept from a form, launched in one click, renamed, deleted;
// another's is out of reach.
func TestAPresetsDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shelved)
	asked := url.Values{"app": {"lab"}, "queue": {"gpu"}, "gpus": {"2"}, "gpu_type": {"a100"}, "time_limit": {"4h"}, "name": {"nb"}}
	rec := w.post("alice", "/presets", asked)
	at := rec.Header().Get("Location")
	if rec.Code != http.StatusSeeOther || !strings.Contains(at, "time_limit=4h") {
		t.Fatalf("%d %s", rec.Code, at)
	}
	if live, _ := w.life.Sessions(t.Context(), "alice"); len(live) != 0 {
		t.Error("keeping it started it")
	}
	_, id, _ := strings.Cut(at, "#preset-")
	page := w.get("alice", "/sessions/new").Body.String()
	for _, f := range faultsOf(t, page) {
		t.Error(f)
	}
	form := cardForm(t, page, "2 × a100, 4 h, gpu, JupyterLab")
	if form.Get("gpus") != "2" || form.Has("name") {
		t.Errorf("%v", form)
	}
	if rec := w.post("alice", "/sessions", form); rec.Code != http.StatusSeeOther || !strings.HasSuffix(rec.Header().Get("Location"), "?open=1") {
		t.Errorf("one click: %d %s", rec.Code, rec.Body.String())
	}
	last := cardForm(t, w.get("alice", "/sessions/new").Body.String(), "2 × a100, 2 CPUs")
	if last.Get("time_limit") != "4h" || last.Has("name") {
		t.Errorf("last used: %v", last)
	}
	if rec := w.post("alice", "/sessions", last); rec.Code != http.StatusSeeOther { // while the first one runs
		t.Errorf("last used, in one click: %d", rec.Code)
	}
	if site := cardForm(t, page, "Course: deep learning"); site.Get("memory") != "16G" {
		t.Errorf("the site's: %v", site)
	}
	if strings.Contains(w.get("bob", "/sessions/new").Body.String(), "4 h, gpu") {
		t.Error("bob sees it")
	}
	for _, what := range []string{"/rename", "/delete"} {
		if rec := w.post("bob", "/presets/"+id+what, url.Values{"preset": {"his"}}); rec.Code != http.StatusNotFound {
			t.Errorf("bob: %s: %d", what, rec.Code)
		}
	}
	if rec := w.post("alice", "/presets/"+id+"/rename", url.Values{"preset": {strings.Repeat("x", 61)}}); rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), "at most 60") {
		t.Errorf("a long name: %d", rec.Code)
	}
	if rec := w.post("alice", "/presets/"+id+"/rename", url.Values{"preset": {"<b>every day"}}); rec.Code != http.StatusSeeOther {
		t.Errorf("rename: %d", rec.Code)
	}
	if page := w.get("alice", "/sessions/new").Body.String(); !strings.Contains(page, "<strong>&lt;b&gt;every day</strong>") {
		t.Error("it has no new name")
	}
	if rec := w.post("alice", "/presets/"+id+"/delete", nil); rec.Code != http.StatusSeeOther {
		t.Errorf("delete: %d", rec.Code)
	}
	if strings.Contains(w.get("alice", "/sessions/new").Body.String(), "every day") {
		t.Error("it is still there")
	}
}

// TestTooManyPresets: the form says so, and keeps what was filled in.
func TestTooManyPresets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shelved)
	for range preset.Most {
		if rec := w.post("alice", "/presets", url.Values{"gpus": {"1"}}); rec.Code != http.StatusSeeOther {
			t.Fatal(rec.Code)
		}
	}
	rec := w.post("alice", "/presets", url.Values{"gpus": {"7"}})
	if body := rec.Body.String(); rec.Code != http.StatusConflict || !strings.Contains(body, "delete one first") || !strings.Contains(body, `value="7"`) {
		t.Errorf("%d", rec.Code)
	}
}
