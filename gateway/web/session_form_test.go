package web

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
)

// filled reads what the page's launch form would send.
func filled(t *testing.T, page string) url.Values {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	values := url.Values{}
	form := doc
	for n := range doc.Descendants() {
		if n.Data == "form" && attr(n, "class") == "launch" {
			form = n
		}
	}
	for n := range form.Descendants() {
		if n.Data != "input" {
			continue
		}
		switch attr(n, "type") {
		case "radio":
			for _, a := range n.Attr {
				if a.Key == "checked" {
					values.Add(attr(n, "name"), attr(n, "value"))
				}
			}
		default:
			values.Add(attr(n, "name"), attr(n, "value"))
		}
	}
	return values
}

func TestFormHasTheFieldsOfALaunch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := filled(t, w.get("alice", "/sessions/new").Body.String())
	want := url.Values{
		"app": {"lab"}, "cluster": {"nova"}, "queue": {"cpu"}, "gpus": {"0"}, "gpu_type": {""}, "cpus": {"2"},
		"memory": {"4G"}, "time_limit": {"2h"}, "name": {""}, "account": {""}, "qos": {""},
	}
	if !slices.Equal(slices.Sorted(maps.Keys(got)), slices.Sorted(slices.Values(session.Fields))) {
		t.Errorf("fields %v", slices.Sorted(maps.Keys(got)))
	}
	for k := range want {
		if !slices.Equal(got[k], want[k]) {
			t.Errorf("%s: %q, want %q", k, got[k], want[k])
		}
	}
}

func TestALinkFillsInAndStartsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rec := w.get("alice", "/sessions/new?app=terminal&queue=gpu&gpus=2&gpu_type=a100&memory=8G&name=x-1&nonsense=1")
	got := filled(t, rec.Body.String())
	for field, want := range map[string]string{"app": "terminal", "queue": "gpu", "gpus": "2", "gpu_type": "a100", "memory": "8G", "name": "x-1", "cpus": "2"} {
		if got.Get(field) != want {
			t.Errorf("%s: %q, want %q", field, got.Get(field), want)
		}
	}
	if n := w.sched.Calls().Submit; n != 0 {
		t.Errorf("%d jobs were submitted by looking at a page", n)
	}
	all, err := w.life.Sessions(t.Context(), "alice")
	if err != nil || len(all) != 0 {
		t.Errorf("sessions: %v, %v", all, err)
	}
	gone := w.get("alice", "/sessions/new?queue=dissolved&app=abacus").Body.String()
	for _, want := range []string{"no partition “dissolved”", "no app “abacus”"} {
		if !strings.Contains(gone, want) {
			t.Errorf("an old link is not explained: %q is missing", want)
		}
	}
}

func TestLaunch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rec := w.post("alice", "/sessions", url.Values{
		"app": {"notebook"}, "cluster": {"nova"}, "queue": {"gpu"}, "gpus": {"1"}, "gpu_type": {"a100"}, "cpus": {" 4 "}, "memory": {"8G"}, "time_limit": {"1h"},
	})
	all, err := w.life.Sessions(t.Context(), "alice")
	if err != nil || len(all) != 1 {
		t.Fatalf("%v, %v\n%s", all, err, rec.Body)
	}
	s := all[0]
	if want := "/sessions/" + string(s.ID) + "?open=1"; rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != want {
		t.Errorf("%d to %q, want %q", rec.Code, rec.Header().Get("Location"), want)
	}
	want := batch.Resources{Nodes: 1, CPUs: 4, Memory: 8 * batch.GiB, GPUs: 1, GPUType: "a100"}
	if s.Resources != want || s.App != "notebook" || s.Owner != "alice" || s.State != session.Queued {
		t.Errorf("%+v", s)
	}
	// The link that launches it again asks for the same.
	again := filled(t, w.get("alice", relaunch(s)).Body.String())
	for field, v := range map[string]string{"app": "notebook", "queue": "gpu", "gpus": "1", "gpu_type": "a100", "cpus": "4", "memory": "8G", "time_limit": "1h", "name": "notebook"} {
		if again.Get(field) != v {
			t.Errorf("again, %s: %q, want %q", field, again.Get(field), v)
		}
	}
}

// TestRefusalsKeepWhatWasFilledIn covers every way in which a launch fails that
// a person can do something about.
func TestRefusalsKeepWhatWasFilledIn(t *testing.T) {
	t.Parallel()
	good := url.Values{
		"app": {"terminal"}, "cluster": {"nova"}, "queue": {"gpu"}, "gpus": {"1"}, "gpu_type": {"a100"},
		"cpus": {"3"}, "memory": {"3G"}, "time_limit": {"3h"}, "name": {"mine"}, "account": {"acc"}, "qos": {"high"},
	}
	for name, c := range map[string]struct {
		change func(url.Values)
		before func(*world)
		status int
		says   []string
		field  string // whose input is marked
	}{
		"invalid": {
			change: func(v url.Values) { v.Set("cpus", "99"); v.Set("name", `"><script>alert(1)</script>`) },
			status: http.StatusUnprocessableEntity, says: []string{"This cannot be started yet", "99 CPUs asked"}, field: "cpus",
		},
		"over a limit": {
			change: func(v url.Values) { v.Set("gpus", "3") },
			status: http.StatusUnprocessableEntity, says: []string{"A limit of this site", "at most 2", "students"}, field: "gpus",
		},
		"name taken": {
			before: func(w *world) { w.put(session.Session{Name: "mine", State: session.Ready, CreatedAt: time.Now()}) },
			status: http.StatusConflict, says: []string{"You have a session of this name"}, field: "name",
		},
		"rejected": {
			before: func(w *world) {
				w.sched.RefuseNext(&batch.Rejected{Field: "account", Reason: "you may not use this account", Native: "Invalid account <b>"})
			},
			status: http.StatusUnprocessableEntity, says: []string{"The scheduler refused the job", "You may not use this account", "Invalid account &lt;b&gt;"}, field: "account",
		},
		"no answer": {
			before: func(w *world) { w.sched.SetUnavailable(true) },
			status: http.StatusServiceUnavailable, says: []string{"The scheduler does not answer", "Nothing was started"},
		},
		"forbidden": {
			before: func(w *world) { w.sched.RefuseNext(batch.ErrForbidden) },
			status: http.StatusServiceUnavailable, says: []string{"not set up to start jobs for you"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.store.SetLimits(limit.Set{Rules: []limit.Rule{{
				ID: "studentsstudents", Who: limit.Who{Kind: limit.Everyone}, Field: limit.SessionGPUs, Value: 2,
				Note: "students", SetBy: "carol",
			}}})
			asked := maps.Clone(good)
			if c.change != nil {
				c.change(asked)
			}
			if c.before != nil {
				c.before(w)
			}
			rec := w.post("alice", "/sessions", asked)
			body := rec.Body.String()
			if rec.Code != c.status {
				t.Errorf("status %d, want %d", rec.Code, c.status)
			}
			for _, want := range c.says {
				if !strings.Contains(body, want) {
					t.Errorf("it does not say %q", want)
				}
			}
			got := filled(t, body)
			for field := range asked {
				if got.Get(field) != asked.Get(field) {
					t.Errorf("%s was %q and is %q", field, asked.Get(field), got.Get(field))
				}
			}
			if c.field != "" && !invalidInput(t, body, c.field) {
				t.Errorf("the field %s is not marked", c.field)
			}
			if strings.Contains(body, "<script>alert") {
				t.Error("a value is not escaped")
			}
			for _, f := range faultsOf(t, body) {
				t.Error(f)
			}
		})
	}
}

func invalidInput(t *testing.T, page, field string) bool {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Data == "input" && attr(n, "name") == field && attr(n, "aria-invalid") == "true" {
			return strings.Contains(page, `id="e-`+field+`"`)
		}
	}
	return false
}

func TestFormOfAFailureThatIsNotTheFormsToExplain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store.Fail(errors.New("the disk is on fire"))
	rec := w.post("alice", "/sessions", url.Values{"app": {"lab"}})
	if rec.Code != http.StatusInternalServerError || strings.Contains(rec.Body.String(), "fire") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	if rec := w.do("alice", http.MethodPost, "/sessions", strings.NewReader("%zz=1")); rec.Code != http.StatusBadRequest {
		t.Errorf("a broken form: %d", rec.Code)
	}
	if rec := w.do("alice", http.MethodPost, "/sessions", strings.NewReader("name="+strings.Repeat("x", mostForm))); rec.Code == http.StatusSeeOther {
		t.Error("an endless form was read")
	}
}

func TestSeveralClusters(t *testing.T) {
	t.Parallel()
	other := batchtest.New()
	w := newWorld(t, func(o *session.Options, _ *Config) {
		nova := o.Clusters["nova"]
		second := nova
		second.Name, second.Scheduler = "vega", other
		o.Clusters["vega"] = second
		o.Board = session.NewBoard([]string{"nova", "vega"}, map[string]session.QueueSource{"nova": nova.Scheduler, "vega": other}, time.Now)
	})
	page := w.get("alice", "/sessions/new?cluster=vega&queue=gpu").Body.String()
	if got := filled(t, page).Get("queue"); got != "vega/gpu" {
		t.Errorf("chosen: %q", got)
	}
	rec := w.post("alice", "/sessions", url.Values{"app": {"lab"}, "queue": {"vega/gpu"}, "cpus": {"1"}})
	if rec.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	all, _ := w.life.Sessions(context.Background(), "alice")
	if len(all) != 1 || all[0].Cluster != "vega" || all[0].Queue != "gpu" || other.Calls().Submit != 1 {
		t.Errorf("%+v", all)
	}
}

func TestPartitionsThatCannotBeUsedSayWhy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store.SetLimits(limit.Set{Rules: []limit.Rule{{
		ID: "staffonlystaffon", Scope: limit.Scope{Queue: "gpu-small"}, Who: limit.Who{Kind: limit.Everyone},
		Field: limit.Use, Note: "staff only", SetBy: "carol",
	}}})
	queues := batchtest.DemoQueues()
	queues[1].Up, queues[1].State = false, "DRAIN"
	w.sched.SetQueues(queues...)
	if err := w.board.Refresh(t.Context(), "nova"); err != nil {
		t.Fatal(err)
	}
	places := w.web.places(t.Context(), limit.Subject{User: "alice"})
	usable := map[string]string{}
	for _, p := range places[0].Partitions {
		usable[p.Name] = p.Closed
	}
	if want := map[string]string{"cpu": "", "gpu": "closed", "gpu-small": "no access"}; !maps.Equal(usable, want) {
		t.Errorf("%v", usable)
	}
	body := w.get("alice", "/sessions/new").Body.String()
	for _, want := range []string{"Takes no jobs now (DRAIN)", "staff only"} {
		if !strings.Contains(body, want) {
			t.Errorf("it does not say %q", want)
		}
	}
}

func TestPictureOfGPUs(t *testing.T) {
	t.Parallel()
	count := func(g batch.GPU) map[string]int {
		n := map[string]int{}
		for _, c := range gpuViewOf(g).Cells {
			n[c.Status]++
		}
		return n
	}
	if got := count(batch.GPU{Type: "a100", Total: 8, Free: 3, Down: 4}); !maps.Equal(got, map[string]int{"free": 3, "busy": 5, "down": 4}) {
		t.Errorf("%v", got)
	}
	if got := count(batch.GPU{Total: mostCells + 1}); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if got := count(batch.GPU{Total: 2, Free: 5}); got["busy"] != 0 { // an answer that makes no sense
		t.Errorf("%v", got)
	}
	if v := gpuViewOf(batch.GPU{Total: 200, Free: 50}); v.Bar.Percent != 25 || v.Type != "GPU" {
		t.Errorf("%+v", v)
	}
}

func TestPlanShowsWhatALaunchWouldDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sched.SetEstimate(w.web.Now().Add(3 * time.Hour))
	form := url.Values{"app": {"lab"}, "cluster": {"nova"}, "queue": {"gpu"}, "gpus": {"2"}, "cpus": {"1"}, "name": {"kept"}}
	page := w.post("alice", "/sessions/plan", form).Body.String()
	for _, text := range []string{"The scheduler thinks that it would start at", "The command and the job script", `value="kept"`} {
		if !strings.Contains(page, text) {
			t.Errorf("the plan does not say %q", text)
		}
	}
	if rows, err := w.store.List(t.Context(), session.Filter{}); err != nil || len(rows) != 0 {
		t.Errorf("a plan made %d sessions, %v", len(rows), err)
	}
	form.Set("gpus", "99")
	if a := w.post("alice", "/sessions/plan", form); a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.Body.String(), "at most") {
		t.Errorf("too much: %d", a.Code)
	}
	status := 0
	for range 2 * planBurst {
		status = w.post("alice", "/sessions/plan", form).Code
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("asked without end: %d", status)
	}
}
