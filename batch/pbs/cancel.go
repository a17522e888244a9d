package pbs

import (
	"context"
	"fmt"
	"strings"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/command"
)

// Cancel runs qdel as the owner, with one id: several can crash a server. A
// running job stays Running until its processes are gone: SIGTERM, and SIGKILL
// after the queue's kill_delay, ten seconds unless configured otherwise.
func (s *Scheduler) Cancel(ctx context.Context, owner string, id batch.JobID) error {
	if !idPattern.MatchString(string(id)) {
		return nil // no job of this cluster ever had it
	}
	res, err := s.run.RunAs(ctx, owner, s.command("qdel", s.at(string(id))...))
	if err == nil {
		err = onJob(res, owner, id)
	}
	if err != nil && strings.Contains(string(res.Stderr), "Request invalid for state of job") && s.ends(ctx, id) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("pbs: cancel: %w", err)
	}
	return nil
}

// ends reports whether the job is on its way out already, when qdel refuses it.
func (s *Scheduler) ends(ctx context.Context, id batch.JobID) bool {
	jobs, err := s.Jobs(ctx, []batch.JobID{id})
	if err != nil {
		return false
	}
	j, shown := jobs[id]
	return !shown || j.State == batch.Completing
}

// onJob judges a command that changes one job. A job that is gone is a success.
func onJob(res command.Result, owner string, id batch.JobID) error {
	text := strings.Join(complaints(res.Stderr), "; ")
	switch {
	case strings.Contains(text, saysUnknown), strings.Contains(text, saysFinished):
		return nil
	case strings.Contains(text, "Unauthorized Request"):
		return fmt.Errorf("job %s is not %s's: %w", id, owner, batch.ErrForbidden)
	case !res.OK():
		return fmt.Errorf("%w: %s", batch.ErrUnavailable, text)
	}
	return nil
}
