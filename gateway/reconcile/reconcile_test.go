package reconcile_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/reconcile"
	"github.com/berth-hpc/berth/gateway/session"
)

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
