package batchtest

import (
	"context"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/batch"
)

var _ batch.Tagged = (*Memory)(nil)

// Tagged reports the jobs that have not vanished and whose tag begins with
// prefix, oldest first.
func (m *Memory) Tagged(ctx context.Context, prefix string) ([]batch.Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.reachable(ctx); err != nil {
		return nil, err
	}
	var jobs []batch.Job
	for _, e := range m.jobs {
		if !e.vanished && strings.HasPrefix(e.job.Tag, prefix) {
			jobs = append(jobs, e.copy())
		}
	}
	slices.SortFunc(jobs, func(a, b batch.Job) int { return older(a.ID, b.ID) })
	return jobs, nil
}
