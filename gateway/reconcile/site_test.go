package reconcile_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/reconcile"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/session/sessiontest"
)

type site struct {
	t         *testing.T
	batch     *batchtest.Memory
	store     *sessiontest.Store
	lifecycle *session.Lifecycle
	*reconcile.Reconciler

	mu     sync.Mutex
	clock  time.Time
	audit  []reconcile.Drift
	links  []reconcile.Link
	synced []session.ID
	done   []reconcile.Report

	told        bool // agents take a stop
	historyDown bool
}

func (s *site) Links() []reconcile.Link { return s.links }

func (s *site) Sync(_ context.Context, id session.ID) error {
	s.synced = append(s.synced, id)
	return nil
}

// Stop implements session.Agents.
func (s *site) Stop(session.ID, string) bool { return s.told }

// accounts is the scheduler of a site, with accounting of its own will.
type accounts struct {
	*batchtest.Memory
	*site
}

// Jobs implements batch.Scheduler. No real queue says who cancelled a job.
func (a accounts) Jobs(ctx context.Context, ids []batch.JobID) (map[batch.JobID]batch.Job, error) {
	jobs, err := a.Memory.Jobs(ctx, ids)
	for id, job := range jobs {
		job.CancelledBy = ""
		jobs[id] = job
	}
	return jobs, err
}

// Finished implements batch.History.
func (a accounts) Finished(ctx context.Context, ids []batch.JobID) (map[batch.JobID]batch.Job, error) {
	if a.historyDown {
		return nil, batch.ErrUnavailable
	}
	return a.Memory.Finished(ctx, ids)
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, batch: batchtest.New(), store: sessiontest.New(nil), clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	log := slog.New(slog.DiscardHandler)
	board := session.NewBoard([]string{"demo"}, map[string]session.QueueSource{"demo": s.batch}, s.now)
	if err := board.Refresh(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	s.lifecycle = session.New(session.Options{
		Store: s.store, Logs: s.store, Limits: s.store, Board: board, Apps: []session.App{{ID: "notebook"}},
		Clusters: map[string]session.Cluster{"demo": {
			Scheduler: s.batch, JobLog: func(context.Context, session.Session) string { return "" },
			Script: func(session.Session, session.App, string) ([]byte, error) { return []byte("#!/bin/sh\n"), nil },
		}},
		Agents: s, Installation: "test", Now: s.now, Log: log,
	})
	s.Reconciler = reconcile.New(reconcile.Config{
		Store: s.store, Lifecycle: s.lifecycle, Schedulers: map[string]batch.Scheduler{"demo": accounts{s.batch, s}},
		Installation: "test", Now: s.now, Log: log, Links: s,
		Audit: func(_ context.Context, d reconcile.Drift) { s.audit = append(s.audit, d) },
		Done:  func(r reconcile.Report) { s.done = append(s.done, r) },
	})
	return s
}

func (s *site) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock
}

// pass moves the clock and reconciles.
func (s *site) pass(d time.Duration) reconcile.Report {
	s.t.Helper()
	s.mu.Lock()
	s.clock = s.clock.Add(d)
	s.mu.Unlock()
	report, err := s.RunOnce(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return report
}

func (s *site) launch(name string) session.Session {
	s.t.Helper()
	made, err := s.lifecycle.Launch(s.t.Context(), limit.Subject{User: "alice"}, session.Request{"name": name})
	if err != nil {
		s.t.Fatal(err)
	}
	return made
}

func (s *site) want(id session.ID, state session.State, reason session.EndReason) {
	s.t.Helper()
	got, err := s.store.Get(s.t.Context(), id)
	if err != nil || got.State != state || got.Reason != reason {
		s.t.Fatalf("session is %s %q (%v), want %s %q", got.State, got.Reason, err, state, reason)
	}
}

// connect makes the session's row say that its agent is connected.
func (s *site) connect(id session.ID) {
	s.t.Helper()
	if err := s.lifecycle.AgentConnected(s.t.Context(), id, 1); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) stop(id session.ID) {
	s.t.Helper()
	if _, err := s.lifecycle.Stop(s.t.Context(), id, "alice", session.StoppedByOwner); err != nil {
		s.t.Fatal(err)
	}
}

// cancels is how often the scheduler was asked to cancel something.
func (s *site) cancels() int { return s.batch.Calls().Cancel }
