package slurm

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/batch"
)

var _ batch.Tagged = (*Scheduler)(nil)

// Tagged reads the whole queue: squeue can only filter by whole names.
func (s *Scheduler) Tagged(ctx context.Context, prefix string) ([]batch.Job, error) {
	if !tagPattern.MatchString(prefix) {
		return nil, fmt.Errorf("slurm: tagged: %.100q cannot begin a tag", prefix)
	}
	rows, err := s.queue(ctx, mostQueue)
	if err != nil {
		return nil, fmt.Errorf("slurm: tagged: %w", err)
	}
	var jobs []batch.Job
	for _, r := range rows {
		if strings.HasPrefix(r.job.Tag, prefix) && r.job.Owner != "" {
			jobs = append(jobs, r.settle())
		}
	}
	slices.SortFunc(jobs, older)
	return jobs, nil
}
