package session_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch/batchtest"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/session/sessiontest"
)

// world is a lifecycle over an in-memory scheduler and store.
type world struct {
	*session.Lifecycle
	t     *testing.T
	batch *batchtest.Memory
	store *sessiontest.Store

	mu      sync.Mutex
	clock   time.Time
	secrets map[session.ID]string
	stopped []session.ID
	deaf    bool // no agent is connected
	jobLog  string
}

func newWorld(t *testing.T, limits ...limit.Rule) *world {
	t.Helper()
	w := &world{
		t: t, batch: batchtest.New(), store: sessiontest.New(nil),
		clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), secrets: map[session.ID]string{},
	}
	board := session.NewBoard([]string{"demo"}, map[string]session.QueueSource{"demo": w.batch}, w.now)
	if err := board.Refresh(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	w.Lifecycle = session.New(session.Options{
		Store: w.store, Logs: w.store, Limits: w.store, Board: board,
		Clusters: map[string]session.Cluster{"demo": {
			Name: "demo", Scheduler: w.batch, Script: w.script,
			JobLog: func(context.Context, session.Session) string { return w.jobLog },
		}},
		Apps:   []session.App{{ID: "notebook", Name: "Notebook", Command: []string{"jupyter"}}},
		Agents: told{w}, Installation: "test", Now: w.now, Log: slog.New(slog.DiscardHandler),
	})
	w.store.SetLimits(limit.Set{Rules: limits})
	return w
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

func (w *world) script(s session.Session, _ session.App, secret string) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.secrets[s.ID] = secret
	return []byte("#!/bin/sh\n"), nil
}

// told is the session.Agents of a world.
type told struct{ *world }

// Stop implements session.Agents.
func (w told) Stop(id session.ID, _ string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.deaf {
		return false
	}
	s, err := w.store.Get(context.Background(), id)
	if err != nil || s.AgentSince.IsZero() {
		return false
	}
	w.stopped = append(w.stopped, id)
	return true
}

// launch starts a session of alice that must be accepted.
func (w *world) launch(request session.Request) session.Session {
	w.t.Helper()
	s, err := w.Launch(w.t.Context(), limit.Subject{User: "alice"}, request)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// claim is what the session's own agent would say.
func (w *world) claim(s session.Session, restarts int) session.Claim {
	w.mu.Lock()
	defer w.mu.Unlock()
	return session.Claim{
		Session: s.ID, Attempt: 1, JobID: s.JobID, Restarts: restarts, Secret: w.secrets[s.ID], Host: "c1",
	}
}

// ready brings a session all the way up.
func (w *world) ready(request session.Request) session.Session {
	w.t.Helper()
	s := w.launch(request)
	w.batch.Start(s.JobID, "c1")
	w.must(w.Claim(w.t.Context(), w.claim(s, 0)))
	if err := w.AppReady(w.t.Context(), s.ID, 1); err != nil {
		w.t.Fatal(err)
	}
	return w.get(s.ID)
}

func (w *world) must(s session.Session, _ session.App, err error) session.Session {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) get(id session.ID) session.Session {
	w.t.Helper()
	s, err := w.store.Get(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// observe shows the session what the scheduler has.
func (w *world) observe(s session.Session) session.Session {
	w.t.Helper()
	after, err := w.Observe(w.t.Context(), w.get(s.ID), w.batch.Job(s.JobID), session.FromQueue)
	if err != nil {
		w.t.Fatal(err)
	}
	return after
}

func (w *world) wantState(id session.ID, state session.State, reason session.EndReason) session.Session {
	w.t.Helper()
	s := w.get(id)
	if s.State != state || s.Reason != reason {
		w.t.Fatalf("session is %s %q (%s), want %s %q", s.State, s.Reason, s.Detail, state, reason)
	}
	return s
}
