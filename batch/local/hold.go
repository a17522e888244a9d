package local

import (
	"context"
	"errors"
	"fmt"

	"github.com/berth-hpc/berth/batch"
)

var _ batch.Holder = (*Scheduler)(nil)

// Hold keeps a waiting job from starting.
func (s *Scheduler) Hold(ctx context.Context, owner string, id batch.JobID) error {
	err := s.setHeld(ctx, owner, id, true)
	if err != nil {
		return fmt.Errorf("local: hold: job %s: %w", id, err)
	}
	return nil
}

// Release lets it start again.
func (s *Scheduler) Release(ctx context.Context, owner string, id batch.JobID) error {
	err := s.setHeld(ctx, owner, id, false)
	switch {
	case errors.Is(err, batch.ErrNotWaiting):
		return nil
	case err != nil:
		return fmt.Errorf("local: release: job %s: %w", id, err)
	}
	s.poke()
	return nil
}

func (s *Scheduler) setHeld(ctx context.Context, owner string, id batch.JobID, held bool) error {
	if err := reachable(ctx); err != nil {
		return err
	}
	var refusal error
	err := s.store.change(ctx, func(records []*record) error {
		r := pick(records, id)
		switch {
		case r == nil || r.Phase != waiting:
			refusal = batch.ErrNotWaiting
		case r.Owner != owner:
			refusal = fmt.Errorf("%w: %w", batch.ErrForbidden, errForeign)
		case r.Held != held:
			r.Held = held
			return s.store.put(r)
		}
		return nil
	})
	return errors.Join(err, refusal)
}
