package web

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
)

// The form says before the launch what a launch would be judged by.
func TestFormSaysWhatOneMayAskFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	everyone, alice := limit.Who{Kind: limit.Everyone}, limit.Who{Kind: limit.User, Name: "alice"}
	w.store.SetLimits(limit.Set{
		Rules: []limit.Rule{
			{ID: "aaaaaaaaaaaaaaaa", Who: everyone, Field: limit.SessionGPUs, Value: 2, SetBy: "carol"},
			{ID: "bbbbbbbbbbbbbbbb", Who: everyone, Field: limit.GPUs, GPUType: "a100", Value: 0, SetBy: "carol", Note: "<b>course</b>"},
			{ID: "cccccccccccccccc", Who: alice, Field: limit.SessionMemory, Value: 8 << 30, SetBy: "carol"},
			{ID: "dddddddddddddddd", Who: everyone, Field: limit.GPUHoursWeek, Value: 3600 * 10, SetBy: "carol"},
			{ID: "eeeeeeeeeeeeeeee", Who: everyone, Field: limit.Apps, Apps: []string{"lab"}, SetBy: "carol"},
		},
	})
	page := w.get("alice", "/sessions/new").Body.String()
	for _, text := range []string{"GPUs at once (a100)", "set by carol", "&lt;b&gt;course&lt;/b&gt;", "10 GPU-hours"} {
		if !strings.Contains(page, text) {
			t.Errorf("the form does not say %q", text)
		}
	}
	for _, place := range w.web.places(t.Context(), limit.Subject{User: "alice"}) {
		for _, p := range place.Partitions {
			if p.Name != "gpu" {
				continue
			}
			caps := p.Limits.Caps
			if caps["gpus"].Most != 0 || caps["gpus/a100"].Most != 0 || caps["memory"].Most != int64(8*batch.GiB) {
				t.Errorf("caps %+v", caps)
			}
			if len(p.Limits.Budgets) != 1 || p.Limits.Budgets[0].Left != 3600*10 {
				t.Errorf("budgets %+v", p.Limits.Budgets)
			}
			if !cmp.Equal(p.Limits.Apps, []string{"lab"}) {
				t.Errorf("apps %v", p.Limits.Apps)
			}
			return
		}
	}
	t.Error("there is no partition gpu")
}

func TestMaintenanceIsAmongTheLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := w.web.Now()
	w.store.SetLimits(limit.Set{Maintenance: []limit.Window{{
		ID: "ffffffffffffffff", From: now.Add(3 * time.Hour), Until: now.Add(9 * time.Hour), Text: "new switches", SetBy: "carol",
	}}})
	if page := w.get("alice", "/sessions/new").Body.String(); !strings.Contains(page, "new switches") {
		t.Error("the form does not speak of the maintenance")
	}
	for _, p := range w.web.places(t.Context(), limit.Subject{User: "alice"})[0].Partitions {
		if most := p.Limits.Caps["time_limit"].Most; p.Usable && (most > 3*3600 || most < 3*3600-600) {
			t.Errorf("%s: %d s before the maintenance", p.Name, most)
		}
		until := now.Add(9 * time.Hour).Format("15:04 MST")
		if why := p.Limits.Caps["time_limit"].Why; p.Usable && (!strings.HasPrefix(why, "maintenance from ") || !strings.HasSuffix(why, until)) {
			t.Errorf("%s: the form does not say that a maintenance ends at %s: %q", p.Name, until, why)
		}
	}
}

// Of a type that may not be used, nothing is offered, and neither is any type
// where there is no other or where one may get it.
func TestFormOffersNoGPUThatMayNotBeUsed(t *testing.T) {
	t.Parallel()
	no := limit.Rule{ID: "aaaaaaaaaaaaaaaa", Who: limit.Who{Kind: limit.Everyone}, Field: limit.Use, GPUType: "a100", SetBy: "carol"}
	two := limit.Rule{ID: "bbbbbbbbbbbbbbbb", Who: limit.Who{Kind: limit.Everyone}, Field: limit.SessionGPUs, Value: 2, SetBy: "carol"}
	week := limit.Rule{ID: "cccccccccccccccc", Who: limit.Who{Kind: limit.Everyone}, Field: limit.GPUHoursWeek, GPUType: "a100", Value: 3600, SetBy: "carol"}
	x := limit.Set{Rules: []limit.Rule{no, two, week}}.Explain(limit.Subject{User: "alice"}, "main", "gpu", limit.Usage{})
	for _, c := range []struct {
		types   []string
		want    map[string]int64
		budgets int
	}{
		{[]string{"a100"}, map[string]int64{"gpus": 0, "gpus/a100": 0}, 1},
		{[]string{"v100"}, map[string]int64{"gpus": 2, "gpus/v100": 2}, 0},
		{[]string{"a100", "v100"}, map[string]int64{"gpus": 0, "gpus/a100": 0, "gpus/v100": 2}, 1},
	} {
		got := map[string]int64{}
		for key, one := range capsOf(x, c.types) {
			got[key] = one.Most
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("with %v: %s", c.types, diff)
		}
		for _, asked := range append(c.types, "") {
			key, kind := "gpus", asked
			if asked != "" {
				key = "gpus/" + asked
			} else {
				kind = anyOf(c.types)
			}
			q := limit.Request{Cluster: "main", Queue: "gpu", App: "lab", Resources: batch.Resources{GPUs: 1, GPUType: kind, Memory: 1}}
			if denied := x.Admit(q); (denied == nil) != (got[key] > 0) {
				t.Errorf("with %v the form offers %d of type %q, and a launch of one says %v", c.types, got[key], asked, denied)
			}
		}
		if got := len(budgetsOf(x, c.types)); got != c.budgets {
			t.Errorf("with %v: %d budgets, want %d", c.types, got, c.budgets)
		}
	}
	if words := capsOf(x, []string{"a100"})["gpus"].Why; words != "you may not use GPUs of type a100" {
		t.Errorf("the form says %q", words)
	}
}
