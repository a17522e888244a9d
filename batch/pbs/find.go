package pbs

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/batch"
)

// Find asks qselect for the owner's jobs of that name, finished ones included
// where the server keeps them, and qstat for what they are doing. A job that
// its owner has renamed (qalter -N) is not found.
func (s *Scheduler) Find(ctx context.Context, owner, tag string) ([]batch.Job, error) {
	if !ownerPattern.MatchString(owner) || !tagPattern.MatchString(tag) {
		return nil, fmt.Errorf("pbs: find: %.40q is no owner or %.100q is no tag", owner, tag)
	}
	jobs, err := s.find(ctx, owner, tag)
	if err != nil {
		return nil, fmt.Errorf("pbs: find: %w", err)
	}
	return jobs, nil
}

// mostNamed bounds how many jobs of one tag are asked for by id.
const mostNamed = 20

func (s *Scheduler) find(ctx context.Context, owner, tag string) ([]batch.Job, error) {
	sv, err := s.sighted(ctx)
	if err != nil {
		return nil, err
	}
	ids, err := s.qselect(ctx, sv.history, owner, tag)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	args := []string{"-f", "-F", "dsv"}
	if sv.history {
		args = append(args, "-x")
	}
	if len(ids) > mostNamed { // somebody plays with our tag
		ids = nil
		args = append(args, s.at("")...)
	}
	for _, id := range ids {
		args = append(args, s.at(id)...)
	}
	rows, err := s.qstat(ctx, args...)
	if err != nil {
		return nil, err
	}
	var jobs []batch.Job
	for _, r := range rows {
		switch {
		case r.job.Tag != tag:
		case r.job.Owner == "":
			return nil, fmt.Errorf("whose job %s is cannot be told: %w", r.job.ID, batch.ErrUnavailable)
		case r.job.Owner == owner:
			jobs = append(jobs, r.settle())
		}
	}
	slices.SortFunc(jobs, older)
	return jobs, nil
}

// qselect lists the ids of owner's jobs of that name.
func (s *Scheduler) qselect(ctx context.Context, history bool, owner, tag string) ([]string, error) {
	args := []string{"-u", owner, "-N", nameOf(tag)}
	if history {
		args = append(args, "-x")
	}
	if s.cfg.Server != "" {
		args = append(args, "-q", "@"+s.cfg.Server)
	}
	out, err := s.answer(ctx, "qselect", args...)
	if err != nil {
		return nil, err
	}
	var ids []string
	for line := range strings.Lines(string(out)) {
		id, whole := strings.CutSuffix(line, "\n")
		if !whole || !idPattern.MatchString(id) {
			return nil, fmt.Errorf("qselect: %w: %w", errShape, batch.ErrUnavailable)
		}
		ids = append(ids, id)
	}
	return ids, nil
}
