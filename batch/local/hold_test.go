package local_test

import (
	"errors"
	"testing"

	"github.com/berth-hpc/berth/batch"
)

func TestHold(t *testing.T) {
	t.Parallel()
	cfg, _, ok := ours(t)
	if !ok {
		return
	}
	s := open(t, cfg)
	held := script("exit 0")
	held.Native = []string{"--hold"}
	id := submit(t, s, held)
	if err := s.Hold(t.Context(), me(t), id); err != nil {
		t.Errorf("hold again: %v", err)
	}
	if err := s.Release(t.Context(), "somebody", id); !errors.Is(err, batch.ErrForbidden) {
		t.Errorf("release by another: %v", err)
	}
	if j := job(t, s, id); j.State != batch.Held {
		t.Errorf("%+v", j)
	}
	if err := s.Release(t.Context(), me(t), id); err != nil {
		t.Error(err)
	}
	if j := over(t, s, id); j.State != batch.Completed {
		t.Errorf("%+v", j)
	}
	if err := s.Hold(t.Context(), me(t), id); !errors.Is(err, batch.ErrNotWaiting) {
		t.Errorf("hold of an ended job: %v", err)
	}
	if err := s.Release(t.Context(), me(t), id); err != nil {
		t.Errorf("release of an ended job: %v", err)
	}
}
