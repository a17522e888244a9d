package hub

import (
	"log/slog"
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/usage"
)

// A culler must see what is idle, and nothing else.
func TestLastUse(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	ago := func(h int) time.Time { return noon.Add(-time.Duration(h) * time.Hour) }
	h := &Hub{Config: Config{
		Now: func() time.Time { return noon },
		Sessions: session.New(session.Options{
			Apps: []session.App{{ID: "lab", Activity: "jupyter"}}, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		}),
	}}
	runs := session.Session{App: "lab", State: session.Ready, Attempt: 1, ReadyAt: ago(9), AgentSince: ago(9)}
	known := usage.Summary{Attempt: 1, SampledAt: noon, OpenAt: ago(5), CPUAt: ago(4)}
	busy, unheard, stale := known, known, known
	busy.Kernels, unheard.Kernels, stale.SampledAt = 1, -1, ago(1)
	ended, queued, lost := runs, runs, runs
	ended.State, ended.EndedAt = session.Ended, ago(2)
	queued.State = session.Queued
	lost.AgentSince = time.Time{}
	for name, c := range map[string]struct {
		s    session.Session
		use  usage.Summary
		want time.Time
	}{
		"idle":                       {runs, known, ago(4)},
		"a kernel computes":          {runs, busy, noon},
		"kernels are not known":      {runs, unheard, noon},
		"nothing is known":           {runs, usage.Summary{}, noon},
		"what is known is old":       {runs, stale, noon},
		"never used since the start": {runs, usage.Summary{Attempt: 1, SampledAt: noon}, ago(9)},
		"waits in the queue":         {queued, known, noon},
		"agent is not connected":     {lost, known, noon},
		"has ended":                  {ended, known, ago(2)},
	} {
		if got := h.lastUse(c.s, c.use); !got.Equal(c.want) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
