package idle_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/idle"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/usage"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

var rule = idle.Rule{After: 2 * time.Hour, Warn: 15 * time.Minute, Grace: 30 * time.Minute}

// ago is so long before now.
func ago(d time.Duration) time.Time { return now.Add(-d) }

// unused is a session that was last used three hours ago and warned in time.
func unused() idle.Facts {
	return idle.Facts{
		Session: session.Session{
			ID: "aaaaaaaaaaaaaaaa", Owner: "alice", OwnerGroups: []string{"physics"}, Name: "lab", App: "lab", Queue: "gpu",
			State: session.Ready, Attempt: 1, JobState: batch.Running, ReadyAt: ago(9 * time.Hour), AgentSince: ago(9 * time.Hour),
		},
		Use:   usage.Summary{Attempt: 1, SampledAt: ago(time.Minute), Kernels: 0, KernelAt: ago(3 * time.Hour), OpenAt: ago(4 * time.Hour)},
		Asked: true, Warned: ago(20 * time.Minute),
	}
}

func TestTheRule(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*idle.Rule, *idle.Facts)
		want   idle.Action
		words  string
	}{
		"unused and warned":          {func(*idle.Rule, *idle.Facts) {}, idle.Stop, "not used for 3 h"},
		"switched off":               {func(r *idle.Rule, _ *idle.Facts) { r.After = 0 }, idle.Leave, "not stopped"},
		"never warned":               {func(_ *idle.Rule, f *idle.Facts) { f.Warned = time.Time{} }, idle.Warn, "in 15 min"},
		"warned before the last use": {func(_ *idle.Rule, f *idle.Facts) { f.Warned = ago(5 * time.Hour) }, idle.Warn, "in 15 min"},
		"warned just now":            {func(_ *idle.Rule, f *idle.Facts) { f.Warned = ago(time.Minute) }, idle.Leave, "warned"},
		"no warning wanted":          {func(r *idle.Rule, f *idle.Facts) { r.Warn, f.Warned = 0, time.Time{} }, idle.Stop, "3 h"},
		"time to warn": {func(_ *idle.Rule, f *idle.Facts) {
			f.Use.KernelAt, f.Warned = ago(110*time.Minute), time.Time{}
		}, idle.Warn, "Not used for 1 h 50 min"},
		"not yet time to warn": {func(_ *idle.Rule, f *idle.Facts) { f.Use.KernelAt = ago(time.Hour) }, idle.Leave, "lately"},
		"a silent kernel that computes": {func(_ *idle.Rule, f *idle.Facts) {
			f.Use.Kernels = 1
		}, idle.Leave, "a kernel computes"},
		"an open connection":      {func(_ *idle.Rule, f *idle.Facts) { f.Use.OpenAt = ago(time.Minute) }, idle.Leave, "lately"},
		"busy GPUs":               {func(_ *idle.Rule, f *idle.Facts) { f.Use.GPUAt = ago(time.Minute) }, idle.Leave, "lately"},
		"busy CPUs":               {func(_ *idle.Rule, f *idle.Facts) { f.Use.CPUAt = ago(time.Minute) }, idle.Leave, "lately"},
		"just ready":              {func(_ *idle.Rule, f *idle.Facts) { f.Session.ReadyAt = ago(time.Hour) }, idle.Leave, "lately"},
		"kernels not known":       {func(_ *idle.Rule, f *idle.Facts) { f.Use.Kernels = -1 }, idle.Leave, "not known"},
		"an app that is no judge": {func(_ *idle.Rule, f *idle.Facts) { f.Use.Kernels, f.Asked = -1, false }, idle.Stop, "3 h"},
		"old samples":             {func(_ *idle.Rule, f *idle.Facts) { f.Use.SampledAt = ago(time.Hour) }, idle.Leave, "not known"},
		"no samples":              {func(_ *idle.Rule, f *idle.Facts) { f.Use = usage.Summary{} }, idle.Leave, "not known"},
		"samples of another start": {func(_ *idle.Rule, f *idle.Facts) {
			f.Session.Attempt = 2
		}, idle.Leave, "not known"},
		"not connected":   {func(_ *idle.Rule, f *idle.Facts) { f.Session.AgentSince = time.Time{} }, idle.Leave, "not connected"},
		"not ready":       {func(_ *idle.Rule, f *idle.Facts) { f.Session.State = session.Starting }, idle.Leave, "not run"},
		"suspended":       {func(_ *idle.Rule, f *idle.Facts) { f.Session.JobState = batch.Suspended }, idle.Leave, "not run"},
		"another queue":   {func(r *idle.Rule, _ *idle.Facts) { r.Queues = []string{"cpu"} }, idle.Leave, "queue"},
		"its queue":       {func(r *idle.Rule, _ *idle.Facts) { r.Queues = []string{"cpu", "gpu"} }, idle.Stop, ""},
		"another app":     {func(r *idle.Rule, _ *idle.Facts) { r.Apps = []string{"code"} }, idle.Leave, "app"},
		"a kept person":   {func(r *idle.Rule, _ *idle.Facts) { r.Keep = []string{"alice"} }, idle.Leave, "owner"},
		"a kept group":    {func(r *idle.Rule, _ *idle.Facts) { r.Keep = []string{"@physics"} }, idle.Leave, "owner"},
		"another person":  {func(r *idle.Rule, _ *idle.Facts) { r.Keep = []string{"physics", "@alice"} }, idle.Stop, ""},
		"long in a hurry": {func(r *idle.Rule, f *idle.Facts) { r.Warn, f.Warned = 3*time.Hour, ago(time.Hour) }, idle.Leave, "warned"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, f := rule, unused()
			c.change(&r, &f)
			if v := r.Judge(now, f); v.Action != c.want || !strings.Contains(v.Why, c.words) {
				t.Errorf("%s: %q; want %s: %q", v.Action, v.Why, c.want, c.words)
			}
		})
	}
}

// However a session is used and watched: it is never stopped while something
// speaks for it, nor without a warning that stood long enough.
func TestNobodyIsStoppedUnjustly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		some := func(name string) time.Time {
			return ago(time.Duration(rapid.IntRange(0, 600).Draw(t, name)) * time.Minute)
		}
		r := idle.Rule{
			After: time.Duration(rapid.IntRange(1, 300).Draw(t, "after")) * time.Minute,
			Warn:  time.Duration(rapid.IntRange(1, 100).Draw(t, "warn")) * time.Minute,
			Grace: time.Duration(rapid.IntRange(0, 60).Draw(t, "grace")) * time.Minute,
		}
		f := unused()
		f.Session.ReadyAt, f.Warned = some("ready"), some("warned")
		f.Use.SampledAt, f.Use.OpenAt, f.Use.KernelAt, f.Use.GPUAt = some("sampled"), some("open"), some("kernel"), some("gpu")
		f.Use.Kernels = rapid.IntRange(-1, 2).Draw(t, "kernels")
		if r.Judge(now, f).Action != idle.Stop {
			return
		}
		for _, used := range []time.Time{f.Session.ReadyAt, f.Use.OpenAt, f.Use.KernelAt, f.Use.GPUAt} {
			if now.Sub(used) < r.After {
				t.Fatalf("used %s ago", now.Sub(used))
			}
			if !f.Warned.After(used) {
				t.Fatal("used since it was warned")
			}
		}
		if now.Sub(f.Warned) < r.Warn || f.Use.Kernels != 0 || now.Sub(f.Use.SampledAt) > 5*time.Minute {
			t.Fatalf("stopped on %+v", f.Use)
		}
	})
}
