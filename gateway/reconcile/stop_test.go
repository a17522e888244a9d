package reconcile_test

import (
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/reconcile"
	"github.com/berth-hpc/berth/gateway/session"
)

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

// An agent that was told has its time; then the job is cancelled, and again.
func TestStopIsPoliteAndThenNot(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.told = true
	s.Leader = true
	made := s.launch("a")
	s.batch.Start(made.JobID, "c1")
	s.connect(made.ID)
	s.links = []reconcile.Link{{Session: made.ID, Attempt: 1}}
	s.pass(time.Second)
	s.stop(made.ID)
	for range 3 {
		s.pass(5 * time.Second)
	}
	if n := s.cancels(); n != 0 {
		t.Fatalf("%d cancels while the agent had its time", n)
	}
	s.batch.SetUnavailable(true)
	s.pass(5 * time.Second)
	s.batch.SetUnavailable(false)
	s.pass(5 * time.Second)
	if n := s.cancels(); n != 1 {
		t.Fatalf("%d cancels after its time", n)
	}
	s.pass(5 * time.Second)
	s.want(made.ID, session.Ended, session.StoppedByOwner)
}

// What a gateway that died has left Stopping is cancelled in the first round of
// the next one, and only once.
func TestNewLeaderCancelsAtOnce(t *testing.T) {
	t.Parallel()
	for _, leader := range []bool{true, false} {
		s := newSite(t)
		s.told = true
		s.Leader = leader
		made := s.launch("a")
		s.batch.Start(made.JobID, "c1")
		s.connect(made.ID)
		s.stop(made.ID)
		s.batch.SetUnavailable(true)
		s.pass(time.Second) // the first that gets an answer counts
		s.batch.SetUnavailable(false)
		s.pass(time.Second)
		s.pass(time.Second)
		want := 0
		if leader {
			want = 1
		}
		if n := s.cancels(); n != want {
			t.Errorf("leader %t: %d cancels", leader, n)
		}
	}
}

// A gateway that is not the leader may die between writing Stopping and its
// cancel.
func TestForgottenCancelIsMadeUpFor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Leader = true
	s.pass(time.Second)
	made := s.launch("a")
	s.batch.Start(made.JobID, "c1")
	s.pass(time.Second)
	s.told = true // and then nothing
	s.stop(made.ID)
	s.pass(time.Second)
	if n := s.cancels(); n != 0 {
		t.Fatalf("cancelled at once: %d", n)
	}
	s.pass(10 * time.Second)
	if n := s.cancels(); n != 1 {
		t.Fatalf("%d cancels", n)
	}
}
