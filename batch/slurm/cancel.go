package slurm

import (
	"context"
	"fmt"
	"strings"

	"github.com/berth-hpc/berth/batch"
)

// Cancel runs scancel as the owner. The job's processes get SIGCONT and
// SIGTERM, and SIGKILL after KillWait.
func (s *Scheduler) Cancel(ctx context.Context, owner string, id batch.JobID) error {
	if !idPattern.MatchString(string(id)) {
		return nil // no job of this cluster ever had it
	}
	res, err := s.run.RunAs(ctx, owner, s.command("scancel", string(id)))
	if err != nil {
		return fmt.Errorf("slurm: cancel: %w", err)
	}
	text := string(res.Stderr)
	switch {
	case strings.Contains(text, "Invalid job id specified"),
		strings.Contains(text, "already completing or completed"),
		strings.Contains(text, "Job has already finished"):
		return nil
	case strings.Contains(text, "Access/permission denied"), strings.Contains(text, "Access denied"):
		return fmt.Errorf("slurm: cancel: job %s is not %s's: %w", id, owner, batch.ErrForbidden)
	case !res.OK():
		return fmt.Errorf("slurm: cancel: %w: %s", batch.ErrUnavailable, firstLine(res.Stderr))
	}
	return nil
}
