package batchtest

import (
	"context"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// Finished reports jobs that have ended, vanished or not.
func (m *Memory) Finished(ctx context.Context, ids []batch.JobID) (map[batch.JobID]batch.Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls.Finished++
	if err := m.recorded(ctx); err != nil {
		return nil, err
	}
	found := map[batch.JobID]batch.Job{}
	for _, id := range ids {
		if e := m.jobs[id]; e != nil && e.finished {
			found[id] = e.copy()
		}
	}
	return found, nil
}

// FindFinished reports owner's ended jobs with the tag.
func (m *Memory) FindFinished(ctx context.Context, owner, tag string, since time.Time) ([]batch.Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls.FindFinished++
	if err := m.recorded(ctx); err != nil {
		return nil, err
	}
	return m.search(owner, tag, func(e *entry) bool {
		return e.finished && !e.job.SubmittedAt.Before(since)
	}), nil
}

// Estimate answers what SetEstimate gave.
func (m *Memory) Estimate(ctx context.Context, _ string, script batch.Script) (time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls.Estimate++
	if err := m.reachable(ctx); err != nil {
		return time.Time{}, err
	}
	if _, err := m.admit(script); err != nil {
		return time.Time{}, err
	}
	return m.estimate, nil
}

func (m *Memory) recorded(ctx context.Context) error {
	if m.noHistory {
		return batch.ErrNoHistory
	}
	return m.reachable(ctx)
}
