package admin

import (
	"context"
	"fmt"

	"github.com/berth-hpc/berth/gateway/cron"
)

// Jobs are the recurring jobs as admins deal with them.
type Jobs struct {
	Runner JobLister
	Store  JobStore
}

// JobLister says which jobs there are.
type JobLister interface {
	List(ctx context.Context) ([]cron.Listed, error)
	Has(job string) bool
}

// JobStore asks for runs.
type JobStore interface {
	// AskCron asks for a run of the job, and adds the entry, or neither.
	AskCron(ctx context.Context, job string, e Entry) error
}

// List describes every job, with its latest run and the next.
func (j Jobs) List(ctx context.Context) ([]cron.Listed, error) { return j.Runner.List(ctx) }

// Run asks for a run of the job, out of turn: whichever gateway is in charge of
// it begins soon. cron.ErrNoJob.
func (j Jobs) Run(ctx context.Context, by Actor, job string) error {
	if !j.Runner.Has(job) {
		return fmt.Errorf("%w: %q", cron.ErrNoJob, job)
	}
	return j.Store.AskCron(ctx, job, by.Did("cron.run", job, ""))
}
