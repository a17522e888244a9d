package local

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/local/supervisor"
)

// Cancel takes a waiting job out of the queue. A running one's script gets
// SIGTERM, and whatever is left of the job SIGKILL when the grace is over.
func (s *Scheduler) Cancel(ctx context.Context, owner string, id batch.JobID) error {
	if !supervisor.JobPattern.MatchString(string(id)) {
		return nil // no job ever had it
	}
	var ours *record
	err := s.store.change(ctx, func(records []*record) error {
		r := pick(records, id)
		if r == nil {
			return nil
		}
		if r.Owner != owner {
			return errForeign
		}
		if r.CancelledAt.IsZero() {
			r.CancelledAt, r.CancelledBy = time.Now(), owner
		}
		if r.Phase == waiting {
			r.end(batch.Cancelled, "", time.Now())
		} else {
			ours = r
		}
		return s.store.put(r)
	})
	switch {
	case errors.Is(err, errForeign):
		return fmt.Errorf("local: cancel: job %s is not %s's: %w", id, owner, batch.ErrForbidden)
	case err != nil:
		return fmt.Errorf("local: cancel: %w", err)
	case ours == nil:
		s.poke()
		return nil
	}
	if err := s.end(ctx, ours, false); err != nil {
		return fmt.Errorf("local: cancel: %w", err)
	}
	return nil
}

var errForeign = errors.New("the job is somebody else's")

// end tells the job's supervisor, and takes note of what it says.
func (s *Scheduler) end(ctx context.Context, r *record, kill bool) error {
	o := s.about(r.Owner, r.ID)
	o.Begun, o.Kill = r.Phase == running, kill
	report, err := s.ask(ctx, r.Owner, supervisor.Cancel, o)
	var no *refusal
	if errors.As(err, &no) {
		if _, over, doneErr := s.store.ended(r.ID); over && doneErr == nil {
			return nil // somebody else was faster, and its directory is gone
		}
		return fmt.Errorf("%w: %w", batch.ErrUnavailable, err)
	}
	if err != nil {
		return err
	}
	return s.conclude(ctx, r, report)
}

func pick(records []*record, id batch.JobID) *record {
	for _, r := range records {
		if r.ID == id {
			return r
		}
	}
	return nil
}
