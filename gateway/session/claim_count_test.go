package session_test

import (
	"errors"
	"testing"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
)

// An agent that was not told how often its job was restarted (PBS) is the one of
// the start that the scheduler speaks of, and knows it from then on.
func TestUncountedClaims(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.launch(nil)
	uncounted := w.claim(s, 0)
	uncounted.Uncounted = true
	if _, _, err := w.Claim(t.Context(), uncounted); !errors.Is(err, batch.ErrUnavailable) {
		t.Errorf("of a job that waits: %v", err)
	}
	w.batch.Start(s.JobID, "c1")
	w.batch.SetUnavailable(true)
	if _, _, err := w.Claim(t.Context(), uncounted); !errors.Is(err, batch.ErrUnavailable) {
		t.Errorf("without an answer: %v", err)
	}
	w.batch.SetUnavailable(false)
	if s = w.must(w.Claim(t.Context(), uncounted)); s.Attempt != 1 || s.State != session.Starting {
		t.Fatalf("%+v", s)
	}
	w.batch.Requeue(s.JobID)
	if _, _, err := w.Claim(t.Context(), uncounted); !errors.Is(err, batch.ErrUnavailable) {
		t.Errorf("of an agent whose job was sent back: %v", err)
	}
	w.batch.Start(s.JobID, "c2")
	if s = w.must(w.Claim(t.Context(), uncounted)); s.Attempt != 2 {
		t.Errorf("of the second start: %+v", s)
	}
	if _, _, err := w.Claim(t.Context(), w.claim(s, 0)); !errors.Is(err, session.ErrSuperseded) {
		t.Errorf("of the first start, which has claimed before: %v", err)
	}
	asked := w.batch.Calls().Jobs
	uncounted.Secret = "guessed"
	if _, _, err := w.Claim(t.Context(), uncounted); !errors.Is(err, session.ErrRevoked) || w.batch.Calls().Jobs != asked {
		t.Errorf("with a wrong secret: %v; the scheduler was asked %d times", err, w.batch.Calls().Jobs-asked)
	}
}
