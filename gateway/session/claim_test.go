package session_test

import (
	"errors"
	"testing"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
)

func TestClaimIsFenced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.launch(session.Request{})
	good := w.claim(s, 0)
	for name, c := range map[string]struct {
		change func(*session.Claim)
		want   error
	}{
		"wrong secret":   {func(c *session.Claim) { c.Secret = "guess" }, session.ErrRevoked},
		"no secret":      {func(c *session.Claim) { c.Secret = "" }, session.ErrRevoked},
		"other job":      {func(c *session.Claim) { c.JobID = "77" }, session.ErrRevoked},
		"no job":         {func(c *session.Claim) { c.JobID = "" }, session.ErrRevoked},
		"attempt 0":      {func(c *session.Claim) { c.Attempt = 0 }, session.ErrRevoked},
		"other session":  {func(c *session.Claim) { c.Session = session.NewID() }, session.ErrNotFound},
		"bad session id": {func(c *session.Claim) { c.Session = "x" }, session.ErrNotFound},
	} {
		bad := good
		c.change(&bad)
		if _, _, err := w.Claim(t.Context(), bad); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	w.wantState(s.ID, session.Queued, "")
	for range 2 { // a reconnection claims again
		w.must(w.Claim(t.Context(), good))
	}
	w.wantState(s.ID, session.Starting, "")
}

func TestClaimBeforeTheJobIDIsStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.launch(session.Request{})
	row := w.get(s.ID)
	row.State, row.JobID = session.Requested, ""
	if _, err := w.store.Change(t.Context(), row, session.Evidence{}); err != nil {
		t.Fatal(err)
	}
	w.must(w.Claim(t.Context(), w.claim(s, 0)))
	if got := w.wantState(s.ID, session.Starting, ""); got.JobID != s.JobID {
		t.Fatalf("job id %q", got.JobID)
	}
}

func TestRequeueSupersedes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.ready(session.Request{})
	w.batch.Requeue(s.JobID)
	if got := w.observe(s); got.State != session.Queued || got.Attempt != 2 {
		t.Fatalf("after the requeue: %s, attempt %d", got.State, got.Attempt)
	}
	if _, _, err := w.Claim(t.Context(), w.claim(s, 0)); !errors.Is(err, session.ErrSuperseded) {
		t.Fatalf("the old agent: %v", err)
	}
	if err := w.AppExited(t.Context(), s.ID, 1, session.Exit{Code: 1}); err != nil {
		t.Fatal(err)
	}
	w.wantState(s.ID, session.Queued, "")
	w.batch.Start(s.JobID, "c2")
	w.must(w.Claim(t.Context(), w.claim(s, 1)))
	if err := w.AppReady(t.Context(), s.ID, 2); err != nil {
		t.Fatal(err)
	}
	w.wantState(s.ID, session.Ready, "")
}

// While a requeued job's old start completes, the answer has the new restart
// count already.
func TestRequeueSeenWhileCompleting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.ready(session.Request{})
	w.batch.Requeue(s.JobID)
	w.batch.Update(s.JobID, func(j *batch.Job) { j.State = batch.Completing })
	if got := w.observe(s); got.State != session.Queued || got.Attempt != 2 || !got.AgentSince.IsZero() {
		t.Fatalf("while completing: %s, attempt %d", got.State, got.Attempt)
	}
	w.batch.Update(s.JobID, func(j *batch.Job) { j.State = batch.Pending })
	if got := w.observe(s); got.State != session.Queued {
		t.Fatalf("waiting again: %s", got.State)
	}
	w.must(w.Claim(t.Context(), w.claim(s, 1)))
	if got := w.wantState(s.ID, session.Starting, ""); got.StartedAt.IsZero() || got.Attempt != 2 {
		t.Fatalf("after the claim: %+v", got)
	}
}

// The new agent may be faster than the poll that would have seen the requeue.
func TestClaimProvesARequeue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.ready(session.Request{})
	stale := w.batch.Job(s.JobID)
	stale.State = batch.Pending
	w.must(w.Claim(t.Context(), w.claim(s, 1)))
	got := w.wantState(s.ID, session.Starting, "")
	if got.Attempt != 2 || !got.ReadyAt.IsZero() {
		t.Fatalf("attempt %d, ready at %s", got.Attempt, got.ReadyAt)
	}
	stale.Restarts = 1
	if _, err := w.Observe(t.Context(), w.get(s.ID), stale, session.FromQueue); err != nil {
		t.Fatal(err)
	}
	w.wantState(s.ID, session.Starting, "")
}

// Another gateway has seen the requeue already when this one comes with an
// older answer.
func TestOlderAnswerAfterARequeue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.ready(session.Request{})
	stale := w.batch.Job(s.JobID)
	w.batch.Requeue(s.JobID)
	w.observe(s)
	if _, err := w.Observe(t.Context(), w.get(s.ID), stale, session.FromQueue); err != nil {
		t.Fatal(err)
	}
	if got := w.wantState(s.ID, session.Queued, ""); got.JobState != batch.Pending || !got.StartedAt.IsZero() {
		t.Fatalf("%+v", got)
	}
}

// What an agent says of a session that has ended changes nothing.
func TestLateWordsOfAnAgent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.ready(session.Request{})
	w.batch.End(s.JobID, batch.Timeout, 0)
	before := w.observe(s)
	for _, terminated := range []bool{true, false} {
		if err := w.AppExited(t.Context(), s.ID, 1, session.Exit{Code: 3, Terminated: terminated}); err != nil {
			t.Fatal(err)
		}
	}
	if after := w.wantState(s.ID, session.Ended, session.TimedOut); after.Version != before.Version {
		t.Fatalf("%+v", after)
	}
}

func TestEndedSessionRevokes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.launch(session.Request{})
	if _, err := w.Stop(t.Context(), s.ID, "alice", session.StoppedByOwner); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Claim(t.Context(), w.claim(s, 0)); !errors.Is(err, session.ErrRevoked) {
		t.Fatalf("claim of a stopping session: %v", err)
	}
}
