package session

import (
	"context"
	"fmt"

	"github.com/berth-hpc/berth/batch"
)

// restarts asks the scheduler which start of its job an agent is that was not
// told. Nobody without the session's secret makes it ask. As long as the
// scheduler does not say that the job runs, the agent has to try again: it may
// be one of an earlier start whose node was cut off.
func (l *Lifecycle) restarts(ctx context.Context, c Claim) (int, error) {
	s, err := l.Store.Get(ctx, c.Session)
	if err != nil {
		return 0, err
	}
	if err := fence(s, c, s.Attempt); err != nil {
		return 0, err
	}
	jobs, err := l.Clusters[s.Cluster].Scheduler.Jobs(ctx, []batch.JobID{c.JobID})
	if err != nil {
		return 0, fmt.Errorf("how often job %s was restarted: %w", c.JobID, err)
	}
	job := jobs[c.JobID]
	if job.State.Phase() != batch.PhaseRunning {
		return 0, fmt.Errorf("how often job %s was restarted: it is not said to run: %w", c.JobID, batch.ErrUnavailable)
	}
	if job.Owner != s.Owner {
		return 0, ErrRevoked
	}
	return job.Restarts, nil
}
