package reconcile_test

import (
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/reconcile"
	"github.com/berth-hpc/berth/gateway/session"
)

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

	s.LostAfter = map[string]time.Duration{"demo": time.Hour, "other": time.Second}
	kept := s.launch("c")
	s.pass(time.Second)
	s.batch.Vanish(kept.JobID)
	for range 30 {
		s.pass(time.Minute)
	}
	s.want(kept.ID, session.Queued, "")
}

// The queue says that a job was cancelled; accounting, a little later, by whom.
func TestWhoCancelledIsAskedOfAccounting(t *testing.T) {
	t.Parallel()
	cancelled := func(t *testing.T, history bool) (*site, session.Session) {
		t.Helper()
		s := newSite(t)
		s.batch.SetHistory(history)
		made := s.launch("a")
		s.batch.Start(made.JobID, "c1")
		s.pass(time.Second)
		s.batch.End(made.JobID, batch.Cancelled, 0)
		return s, made
	}
	detail := func(t *testing.T, s *site, made session.Session, want string) {
		t.Helper()
		s.want(made.ID, session.Ended, session.Cancelled)
		if got, _ := s.store.Get(t.Context(), made.ID); got.Detail != want {
			t.Errorf("%s", got.Detail)
		}
	}
	t.Run("accounting knows", func(t *testing.T) {
		t.Parallel()
		s, made := cancelled(t, true)
		asked := s.batch.Calls().Finished
		s.pass(time.Second)
		s.want(made.ID, session.Starting, "") // it does not know yet
		s.batch.Update(made.JobID, func(j *batch.Job) { j.CancelledBy = "bob" })
		s.pass(time.Second)
		detail(t, s, made, "The job was cancelled outside berth by bob")
		if n := s.batch.Calls().Finished - asked; n != 2 {
			t.Errorf("accounting was asked %d times in two rounds", n)
		}
	})
	t.Run("accounting never says", func(t *testing.T) {
		t.Parallel()
		s, made := cancelled(t, true)
		s.pass(time.Second)
		s.pass(11 * time.Second)
		detail(t, s, made, "The job was cancelled outside berth, it is not known by whom")
	})
	t.Run("no accounting", func(t *testing.T) {
		t.Parallel()
		s, made := cancelled(t, false)
		s.pass(time.Second)
		detail(t, s, made, "The job was cancelled outside berth, it is not known by whom")
	})
}

// Accounting that does not answer proves nothing about a missing job, and holds
// up nobody else.
func TestSilentAccounting(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	lost, other := s.launch("a"), s.launch("b")
	s.pass(time.Second)
	s.batch.Vanish(lost.JobID)
	s.batch.Start(other.JobID, "c1")
	s.historyDown = true
	for range 20 {
		if r := s.pass(time.Minute); r.Missing != 1 || len(r.Down) != 0 {
			t.Fatalf("%+v", r)
		}
	}
	s.want(lost.ID, session.Queued, "")
	s.want(other.ID, session.Starting, "")
}

// A job that nobody reports lives as long as its agent is connected.
func TestLiveAgentIsEvidence(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.batch.SetHistory(false)
	made := s.launch("a")
	s.batch.Start(made.JobID, "c1")
	s.pass(time.Second)
	s.links = []reconcile.Link{{Session: made.ID, Attempt: 1}}
	s.connect(made.ID)
	s.batch.Vanish(made.JobID)
	for range 30 {
		s.pass(time.Minute)
	}
	s.want(made.ID, session.Starting, "")
	s.links = nil // its gateway was killed: the row still says connected
	for range 11 {
		s.pass(time.Minute)
	}
	s.want(made.ID, session.Starting, "")
	for range 2 {
		s.pass(time.Minute)
	}
	s.want(made.ID, session.Ended, session.Lost)
}

// A cluster that was silent is asked again, even if no session needs it.
func TestSilentClusterIsAskedAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.pass(time.Minute)
	made := s.launch("a")
	s.batch.SetUnavailable(true)
	s.pass(time.Second)
	s.batch.SetUnavailable(false)
	s.batch.Finish(made.JobID, 0)
	if r := s.pass(time.Second); len(r.Answered) != 1 {
		t.Fatalf("%+v", r)
	}
	s.batch.SetUnavailable(true)
	if r := s.pass(time.Minute); len(r.Down) != 1 {
		t.Fatalf("%+v", r)
	}
	s.batch.SetUnavailable(false)
	if r := s.pass(time.Second); r.Sessions != 0 || len(r.Answered) != 1 {
		t.Fatalf("%+v", r)
	}
}
