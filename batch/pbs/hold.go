package pbs

import (
	"context"
	"fmt"

	"github.com/berth-hpc/berth/batch"
)

var _ batch.Holder = (*Scheduler)(nil)

// Hold puts a user hold on a job (qhold -h u). PBS takes a hold for a running job
// too, to be minded when it is requeued, so that the state is looked at before
// and after.
func (s *Scheduler) Hold(ctx context.Context, owner string, id batch.JobID) error {
	if err := s.waits(ctx, id); err != nil {
		return fmt.Errorf("pbs: hold: %w", err)
	}
	if err := s.change(ctx, "qhold", owner, id); err != nil {
		return fmt.Errorf("pbs: hold: %w", err)
	}
	if err := s.waits(ctx, id); err != nil {
		_ = s.change(ctx, "qrls", owner, id) // of a job that is gone, perhaps
		return fmt.Errorf("pbs: hold: %w", err)
	}
	return nil
}

// Release takes the user hold off (qrls -h u). A hold of an operator stays.
func (s *Scheduler) Release(ctx context.Context, owner string, id batch.JobID) error {
	if !idPattern.MatchString(string(id)) {
		return nil
	}
	if err := s.change(ctx, "qrls", owner, id); err != nil {
		return fmt.Errorf("pbs: release: %w", err)
	}
	return nil
}

func (s *Scheduler) waits(ctx context.Context, id batch.JobID) error {
	jobs, err := s.Jobs(ctx, []batch.JobID{id})
	if err != nil {
		return err
	}
	if jobs[id].State.Phase() != batch.PhaseWaiting {
		return fmt.Errorf("job %s: %w", id, batch.ErrNotWaiting)
	}
	return nil
}

func (s *Scheduler) change(ctx context.Context, name, owner string, id batch.JobID) error {
	res, err := s.run.RunAs(ctx, owner, s.command(name, append([]string{"-h", "u"}, s.at(string(id))...)...))
	if err != nil {
		return err
	}
	return onJob(res, owner, id)
}
