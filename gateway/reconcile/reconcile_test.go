package reconcile_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
}

func (s *site) Links() []reconcile.Link { return s.links }

func (s *site) Sync(_ context.Context, id session.ID) error {
	s.synced = append(s.synced, id)
	return nil
}

type nobody struct{}

func (nobody) Stop(session.ID, string) {}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, batch: batchtest.New(), store: sessiontest.New(nil), clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	log := slog.New(slog.DiscardHandler)
	board := session.NewBoard([]string{"demo"}, map[string]session.QueueSource{"demo": s.batch}, s.now)
	if err := board.Refresh(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	s.lifecycle = session.New(session.Options{
		Store: s.store, Logs: s.store, Board: board, Apps: []session.App{{ID: "notebook"}},
		Clusters: map[string]session.Cluster{"demo": {
			Scheduler: s.batch, JobLog: func(context.Context, session.Session) string { return "" },
			Script: func(session.Session, session.App, string) ([]byte, error) { return []byte("#!/bin/sh\n"), nil },
		}},
		Agents: nobody{}, Installation: "test", Now: s.now, Log: log,
	})
	s.Reconciler = reconcile.New(reconcile.Config{
		Store: s.store, Lifecycle: s.lifecycle, Schedulers: map[string]batch.Scheduler{"demo": s.batch},
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

func TestOneQueryHoweverManySessions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		made := s.launch(name)
		s.batch.Start(made.JobID, "c1")
	}
	before := s.batch.Calls()
	if r := s.pass(time.Second); r.Sessions != 5 || r.Changed != 5 {
		t.Fatalf("report %+v", r)
	}
	if n := s.batch.Calls().Jobs - before.Jobs; n != 1 {
		t.Fatalf("%d queries", n)
	}
	reads := s.store.Gets()
	if r := s.pass(0); r.Changed != 0 {
		t.Fatalf("the second run changed %d", r.Changed)
	}
	if n := s.store.Gets() - reads; n != 0 {
		t.Fatalf("a round in which nothing changed read %d single rows", n)
	}
}

// Every round is handed on, with what it saw by kind; a check is not.
func TestReportsAreHandedOn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if s.pass(time.Second); len(s.done) != 1 || len(s.done[0].Count()) != 0 {
		t.Fatalf("%+v", s.done)
	}
	made := s.launch("a")
	s.stray(made.ID, "alice")
	s.stray(made.ID, "alice")
	s.batch.Start(made.JobID, "c1")
	if _, err := s.Check(t.Context()); err != nil || len(s.done) != 1 {
		t.Fatalf("%v, %+v", err, s.done)
	}
	s.pass(time.Minute)
	want := map[reconcile.Kind]int{reconcile.DuplicateJob: 2, reconcile.WrongState: 1}
	if diff := cmp.Diff(want, s.done[1].Count()); diff != "" {
		t.Error(diff)
	}
	for kind := range want {
		if !slices.Contains(reconcile.Kinds(), kind) {
			t.Errorf("%s is no kind", kind)
		}
	}
	if r := s.done[1]; len(r.Answered) != 1 || r.Answered[0] != "demo" || len(r.Down) != 0 {
		t.Errorf("answered %v, down %v", r.Answered, r.Down)
	}
}

func TestSilentSchedulerChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	made := s.launch("a")
	s.batch.Start(made.JobID, "c1")
	s.pass(time.Second)
	s.batch.SetUnavailable(true)
	for range 20 {
		if r := s.pass(time.Hour); len(r.Down) != 1 || len(r.Answered) != 0 {
			t.Fatalf("report %+v", r)
		}
	}
	s.want(made.ID, session.Starting, "")
	s.batch.SetUnavailable(false)
	s.pass(time.Second)
	s.want(made.ID, session.Starting, "")
}

func TestMissingJobIsLookedUpThenLost(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.batch.SetHistory(true)
	made := s.launch("a")
	s.batch.Start(made.JobID, "c1")
	s.pass(time.Second)
	s.batch.End(made.JobID, batch.OutOfMemory, 125)
	s.batch.Vanish(made.JobID)
	s.pass(time.Second)
	s.want(made.ID, session.Ended, session.OutOfMemory)

	s.batch.SetHistory(false)
	lost := s.launch("b")
	s.batch.Start(lost.JobID, "c1")
	s.pass(time.Second)
	s.batch.Vanish(lost.JobID)
	for range 8 {
		s.pass(time.Minute)
	}
	s.want(lost.ID, session.Starting, "")
	for range 4 {
		s.pass(time.Minute)
	}
	s.want(lost.ID, session.Ended, session.Lost)
}

func TestInterruptedLaunchIsFoundByItsTag(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	made := s.launch("a")
	row, _ := s.store.Get(t.Context(), made.ID)
	row.State, row.JobID = session.Requested, ""
	if _, err := s.store.Change(t.Context(), row, session.Evidence{}); err != nil {
		t.Fatal(err)
	}
	s.pass(time.Second)
	s.want(made.ID, session.Requested, "") // the submission may still be under way
	s.pass(2 * time.Minute)
	s.want(made.ID, session.Queued, "")
	if got, _ := s.store.Get(t.Context(), made.ID); got.JobID != made.JobID {
		t.Fatalf("adopted %q, want %q", got.JobID, made.JobID)
	}
}

func TestInterruptedLaunchWithoutAJobEnds(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	made := s.launch("a")
	row, _ := s.store.Get(t.Context(), made.ID)
	row.State, row.JobID = session.Requested, ""
	if _, err := s.store.Change(t.Context(), row, session.Evidence{}); err != nil {
		t.Fatal(err)
	}
	s.batch.Vanish(made.JobID)
	s.pass(2 * time.Minute)
	s.want(made.ID, session.Requested, "")
	s.pass(10 * time.Second)
	s.pass(10 * time.Second)
	s.want(made.ID, session.Ended, session.NotSubmitted)
}

func TestAbandonedLaunchIsCancelledWhenItTurnsUp(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.batch.LoseNextAnswer()
	made, err := s.lifecycle.Launch(t.Context(), limit.Subject{User: "alice"}, session.Request{})
	if err == nil {
		t.Fatal("no error")
	}
	s.pass(time.Second)
	s.pass(time.Second)
	s.want(made.ID, session.Ended, session.NotSubmitted)
	jobs, _ := s.batch.Find(t.Context(), "alice", made.Tag("test"))
	if len(jobs) != 1 || jobs[0].State != batch.Cancelled {
		t.Fatalf("jobs %+v", jobs)
	}
}

func TestLostCancelIsRepeated(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	made := s.launch("a")
	s.batch.Start(made.JobID, "c1")
	s.pass(time.Second)
	s.batch.SetUnavailable(true)
	if _, err := s.lifecycle.Stop(t.Context(), made.ID, "alice", session.StoppedByOwner); err != nil {
		t.Fatal(err)
	}
	s.batch.SetUnavailable(false)
	s.pass(time.Second)
	s.want(made.ID, session.Stopping, "")
	s.pass(time.Minute)
	s.pass(time.Second)
	s.want(made.ID, session.Ended, session.StoppedByOwner)
}

func TestRunIsPoked(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	poke := make(chan struct{})
	go s.Run(ctx, time.Hour, poke)
	made := s.launch("a")
	s.batch.Start(made.JobID, "c1")
	poke <- struct{}{} // received once the first round is over
	poke <- struct{}{} // received once the poked round is over
	s.want(made.ID, session.Starting, "")
}
