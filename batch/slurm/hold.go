package slurm

import (
	"context"
	"fmt"
	"strings"

	"github.com/berth-hpc/berth/batch"
)

var _ batch.Holder = (*Scheduler)(nil)

// Hold runs "scontrol uhold" as the owner: a hold that the owner could take off
// again, not an administrator's. Slurm 22.05 holds a job that runs without a
// word, for the time after it was requeued, so that the queue is asked first.
func (s *Scheduler) Hold(ctx context.Context, owner string, id batch.JobID) error {
	jobs, err := s.Jobs(ctx, []batch.JobID{id})
	if err != nil {
		return err
	}
	if jobs[id].State.Phase() != batch.PhaseWaiting {
		return batch.ErrNotWaiting
	}
	return s.setHold(ctx, owner, id, "uhold", batch.ErrNotWaiting)
}

// Release runs "scontrol release" as the owner.
func (s *Scheduler) Release(ctx context.Context, owner string, id batch.JobID) error {
	return s.setHold(ctx, owner, id, "release", nil)
}

// setHold returns gone for a job that does not wait.
func (s *Scheduler) setHold(ctx context.Context, owner string, id batch.JobID, verb string, gone error) error {
	if !idPattern.MatchString(string(id)) {
		return gone
	}
	res, err := s.run.RunAs(ctx, owner, s.command("scontrol", verb, string(id)))
	if err != nil {
		return fmt.Errorf("slurm: %s: %w", verb, err)
	}
	text := string(res.Stderr) + string(res.Stdout)
	switch {
	case res.OK():
		return nil
	case strings.Contains(text, "Invalid job id specified"),
		strings.Contains(text, "already completing or completed"),
		strings.Contains(text, "Job has already finished"),
		strings.Contains(text, "Job is no longer pending execution"),
		strings.Contains(text, "Requested operation is presently disabled"): // to hold a job that runs
		return gone
	case strings.Contains(text, "Invalid user id"), strings.Contains(text, "Access/permission denied"), strings.Contains(text, "Access denied"):
		return fmt.Errorf("slurm: %s: job %s is not %s's: %w", verb, id, owner, batch.ErrForbidden)
	}
	return fmt.Errorf("slurm: %s: %w: %s", verb, batch.ErrUnavailable, firstLine(res.Stderr))
}
