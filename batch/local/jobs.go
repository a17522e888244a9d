package local

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/local/supervisor"
)

// Jobs reads the records of the ids. It starts no process.
func (s *Scheduler) Jobs(ctx context.Context, ids []batch.JobID) (map[batch.JobID]batch.Job, error) {
	live, err := s.liveJobs(ctx)
	if err != nil {
		return nil, fmt.Errorf("local: jobs: %w", err)
	}
	found := map[batch.JobID]batch.Job{}
	for _, j := range live {
		if slices.Contains(ids, j.ID) {
			found[j.ID] = j
		}
	}
	ended, err := s.finished(ids)
	for id, j := range ended {
		found[id] = j
	}
	if err != nil {
		return nil, fmt.Errorf("local: jobs: %w", err)
	}
	return found, nil
}

// Find reads every record that is kept.
func (s *Scheduler) Find(ctx context.Context, owner, tag string) ([]batch.Job, error) {
	jobs, err := s.search(ctx, func(j batch.Job) bool { return j.Owner == owner && j.Tag == tag })
	if err != nil {
		return nil, fmt.Errorf("local: find: %w", err)
	}
	return jobs, nil
}

// Tagged reads every record that is kept.
func (s *Scheduler) Tagged(ctx context.Context, prefix string) ([]batch.Job, error) {
	if !tagPattern.MatchString(prefix) {
		return nil, fmt.Errorf("local: tagged: %.100q cannot begin a tag", prefix)
	}
	jobs, err := s.search(ctx, func(j batch.Job) bool { return strings.HasPrefix(j.Tag, prefix) })
	if err != nil {
		return nil, fmt.Errorf("local: tagged: %w", err)
	}
	return jobs, nil
}

// Finished reports jobs that have ended, for as long as they are kept.
func (s *Scheduler) Finished(ctx context.Context, ids []batch.JobID) (map[batch.JobID]batch.Job, error) {
	if _, err := s.liveJobs(ctx); err != nil { // the directory can be read at all
		return nil, fmt.Errorf("local: history: %w", err)
	}
	jobs, err := s.finished(ids)
	if err != nil {
		return nil, fmt.Errorf("local: history: %w", err)
	}
	return jobs, nil
}

// FindFinished is Find among those.
func (s *Scheduler) FindFinished(ctx context.Context, owner, tag string, since time.Time) ([]batch.Job, error) {
	jobs, err := s.search(ctx, func(j batch.Job) bool {
		return j.Owner == owner && j.Tag == tag && !j.SubmittedAt.Before(since) && j.State.Phase() == batch.PhaseFinished
	})
	if err != nil {
		return nil, fmt.Errorf("local: history: %w", err)
	}
	return jobs, nil
}

// liveJobs are the jobs that have not ended, in the order of submission.
func (s *Scheduler) liveJobs(ctx context.Context) ([]batch.Job, error) {
	if err := reachable(ctx); err != nil {
		return nil, err
	}
	records, err := s.store.live()
	if err != nil {
		return nil, unavailable(err)
	}
	m, err := s.has.machine(ctx)
	if err != nil {
		return nil, err
	}
	outlooks := m.outlooks(records, time.Now())
	jobs := make([]batch.Job, len(records))
	for i, r := range records {
		jobs[i] = r.job(s.host, outlooks[r.ID])
	}
	return jobs, nil
}

func (s *Scheduler) finished(ids []batch.JobID) (map[batch.JobID]batch.Job, error) {
	found := map[batch.JobID]batch.Job{}
	for _, id := range ids {
		if !supervisor.JobPattern.MatchString(string(id)) {
			continue
		}
		r, ok, err := s.store.ended(id)
		if err != nil {
			return nil, unavailable(err)
		}
		if ok {
			found[id] = r.job(s.host, outlook{})
		}
	}
	return found, nil
}

// search looks at live jobs first: one that ends meanwhile is then among those
// that have ended, and counts as such.
func (s *Scheduler) search(ctx context.Context, right func(batch.Job) bool) ([]batch.Job, error) {
	live, err := s.liveJobs(ctx)
	if err != nil {
		return nil, err
	}
	records, err := s.store.allEnded()
	if err != nil {
		return nil, unavailable(err)
	}
	var found []batch.Job
	over := map[batch.JobID]bool{}
	for _, r := range records {
		over[r.ID] = true
		if j := r.job(s.host, outlook{}); right(j) {
			found = append(found, j)
		}
	}
	for _, j := range live {
		if right(j) && !over[j.ID] {
			found = append(found, j)
		}
	}
	slices.SortStableFunc(found, func(a, b batch.Job) int { return a.SubmittedAt.Compare(b.SubmittedAt) })
	return found, nil
}
