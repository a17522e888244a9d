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
			if caps["gpus"].Most != 2 || caps["gpus/a100"].Most != 0 || caps["memory"].Most != int64(8*batch.GiB) {
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
	}
}
