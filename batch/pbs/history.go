package pbs

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// mostAsked is how many finished jobs are asked for by id. Each costs a
// connection and a reserved port; beyond, the whole history is read.
const mostAsked = 40

// Finished asks for finished jobs, which the server keeps for
// job_history_duration where job_history_enable is set. Where it is not, how a
// job ended is gone the moment that it ends, and the error is ErrNoHistory.
func (s *Scheduler) Finished(ctx context.Context, ids []batch.JobID) (map[batch.JobID]batch.Job, error) {
	wanted := map[batch.JobID]bool{}
	for _, id := range ids {
		if idPattern.MatchString(string(id)) {
			wanted[id] = true
		}
	}
	found := map[batch.JobID]batch.Job{}
	sv, err := s.sighted(ctx)
	if err != nil {
		return nil, fmt.Errorf("pbs: history: %w", err)
	}
	if !sv.history {
		return nil, fmt.Errorf("pbs: job_history_enable is not set: %w", batch.ErrNoHistory)
	}
	if len(wanted) == 0 {
		return found, nil
	}
	args := []string{"-x", "-f", "-F", "dsv"}
	if len(wanted) <= mostAsked {
		for id := range wanted {
			args = append(args, s.at(string(id))...)
		}
	} else {
		args = append(args, s.at("")...)
	}
	rows, err := s.qstat(ctx, args...)
	if err != nil {
		return nil, fmt.Errorf("pbs: history: %w", err)
	}
	for _, r := range rows {
		if j := r.settle(); wanted[j.ID] && j.State.Phase() == batch.PhaseFinished {
			found[j.ID] = j
		}
	}
	return found, nil
}

// FindFinished is Find over the history.
func (s *Scheduler) FindFinished(ctx context.Context, owner, tag string, since time.Time) ([]batch.Job, error) {
	sv, err := s.sighted(ctx)
	if err != nil {
		return nil, fmt.Errorf("pbs: history: %w", err)
	}
	if !sv.history {
		return nil, fmt.Errorf("pbs: job_history_enable is not set: %w", batch.ErrNoHistory)
	}
	jobs, err := s.Find(ctx, owner, tag)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(jobs, func(j batch.Job) bool {
		return j.State.Phase() != batch.PhaseFinished || j.SubmittedAt.Before(since.Truncate(time.Second))
	}), nil
}
