package cron

import (
	"context"
	"time"
)

// List describes every job, in the order in which they were configured. Of a
// job that runs everywhere it knows what this process did.
func (r *Runner) List(ctx context.Context) ([]Listed, error) {
	standings, err := r.Store.StandingsCron(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]Listed, 0, len(r.tasks))
	for _, t := range r.tasks {
		s := standings[t.Name]
		if t.Everywhere {
			s = t.known()
		}
		if s.SpecThen != t.Spec { // it has not run by this schedule
			s.Next = t.schedule.Next(time.Now())
		}
		list = append(list, Listed{Job: t.Job, Standing: s})
	}
	return list, nil
}

// Has reports whether there is a job of that name.
func (r *Runner) Has(job string) bool { return r.byName[job] != nil }
