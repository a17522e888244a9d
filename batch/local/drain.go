package local

import (
	"context"
	"errors"
	"time"
)

// Drain cancels every job and returns when none is left, or when ctx ends. It is
// for a machine that is to be left as it was found; Run need not run.
func (s *Scheduler) Drain(ctx context.Context) error {
	ticker := time.NewTicker(lookEvery / 10)
	defer ticker.Stop()
	defer s.work.wait()
	told := map[string]bool{}
	for {
		records, err := s.store.live()
		if err != nil {
			return unavailable(err)
		}
		if len(records) == 0 {
			return nil
		}
		for _, r := range records {
			if !told[string(r.ID)] {
				told[string(r.ID)] = true
				err = errors.Join(err, s.Cancel(ctx, r.Owner, r.ID))
			}
		}
		if err = errors.Join(err, s.look(ctx)); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return unavailable(ctx.Err())
		case <-ticker.C:
		}
	}
}
