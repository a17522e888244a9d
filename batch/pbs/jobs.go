package pbs

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/batch"
)

var (
	// Ids are kept whole, "123.pbshost". A bare number would be taken for a job of
	// the default server; none of ours is one.
	idPattern    = regexp.MustCompile(`^[0-9]{1,18}(\[[0-9]{0,9}\])?\.[A-Za-z0-9][A-Za-z0-9.-]{0,199}$`)
	ownerPattern = regexp.MustCompile(`^[a-z_][a-z0-9_-]{0,31}$`)
	tagPattern   = regexp.MustCompile(`^[a-z0-9:.-]{1,100}$`)
)

// Jobs reports the jobs that wait, run or end. Finished ones are History's.
//
// However many ids there are, it is one qstat for all jobs: with ids qstat takes
// a reserved port of this host for each, and there are some 480 a minute. Only
// a single id is asked for by name.
func (s *Scheduler) Jobs(ctx context.Context, ids []batch.JobID) (map[batch.JobID]batch.Job, error) {
	wanted := make(map[batch.JobID]bool, len(ids))
	for _, id := range ids {
		if idPattern.MatchString(string(id)) {
			wanted[id] = true
		}
	}
	found := make(map[batch.JobID]batch.Job, len(wanted))
	if len(wanted) == 0 {
		return found, nil
	}
	if _, err := s.sighted(ctx); err != nil {
		return nil, fmt.Errorf("pbs: jobs: %w", err)
	}
	args := []string{"-f", "-F", "dsv"}
	if len(wanted) == 1 {
		for id := range wanted {
			args = append(args, s.at(string(id))...)
		}
	} else {
		args = append(args, s.at("")...)
	}
	rows, err := s.qstat(ctx, args...)
	if err != nil {
		return nil, fmt.Errorf("pbs: jobs: %w", err)
	}
	for _, r := range rows {
		if wanted[r.job.ID] {
			found[r.job.ID] = r.settle()
		}
	}
	return found, nil
}

// Tagged reads the whole queue.
func (s *Scheduler) Tagged(ctx context.Context, prefix string) ([]batch.Job, error) {
	if !tagPattern.MatchString(prefix) {
		return nil, fmt.Errorf("pbs: tagged: %.100q cannot begin a tag", prefix)
	}
	if _, err := s.sighted(ctx); err != nil {
		return nil, fmt.Errorf("pbs: tagged: %w", err)
	}
	rows, err := s.qstat(ctx, append([]string{"-f", "-F", "dsv"}, s.at("")...)...)
	if err != nil {
		return nil, fmt.Errorf("pbs: tagged: %w", err)
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
