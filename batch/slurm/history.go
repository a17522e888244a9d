package slurm

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// accountTable is what sacct is asked for. It has no count of restarts in 22.05,
// and a job's line is that of its last run.
var accountTable = table[row]{
	{"JobIDRaw", setText(func(r *row) *batch.JobID { return &r.job.ID })},
	{"User", setOwner},
	{"JobName", setText(func(r *row) *string { return &r.job.Tag })},
	{"State", setState},
	{"Reason", setText(func(r *row) *string { return &r.job.Reason })},
	{"Partition", setText(func(r *row) *string { return &r.job.Queue })},
	{"Account", setText(func(r *row) *string { return &r.job.Account })},
	{"QOS", setText(func(r *row) *string { return &r.job.QOS })},
	{"NodeList", setNodes},
	{"Submit", setTime(func(r *row) *time.Time { return &r.job.SubmittedAt })},
	{"Start", setTime(func(r *row) *time.Time { return &r.start })},
	{"End", setTime(func(r *row) *time.Time { return &r.end })},
	{"Timelimit", setLimit},
	{"ExitCode", setExit},
}

// Linux allows one argument 128 KiB (MAX_ARG_STRLEN), an id takes up to 11 bytes.
const mostIDsPerArgument = 10000

// Finished asks sacct for the ids that have ended, as many at a time as fit
// into one argument.
func (s *Scheduler) Finished(ctx context.Context, ids []batch.JobID) (map[batch.JobID]batch.Job, error) {
	wanted := make([]string, 0, len(ids))
	for _, id := range ids {
		if idPattern.MatchString(string(id)) {
			wanted = append(wanted, string(id))
		}
	}
	found := make(map[batch.JobID]batch.Job, len(wanted))
	for part := range slices.Chunk(wanted, mostIDsPerArgument) {
		rows, err := s.account(ctx, "--jobs="+strings.Join(part, ","))
		if err != nil {
			return nil, fmt.Errorf("slurm: history: %w", err)
		}
		for _, r := range rows {
			if j := r.settle(); j.State.Phase() == batch.PhaseFinished {
				found[j.ID] = j
			}
		}
	}
	return found, nil
}

// FindFinished asks sacct for owner's jobs since then. The start of the span is
// given as so many seconds ago, which needs no time zone.
func (s *Scheduler) FindFinished(ctx context.Context, owner, tag string, since time.Time) ([]batch.Job, error) {
	if !ownerPattern.MatchString(owner) || !tagPattern.MatchString(tag) {
		return nil, fmt.Errorf("slurm: history: %.40q is no owner or %.100q is no tag", owner, tag)
	}
	ago := int64(max(time.Since(since), 0)/time.Second) + 1
	rows, err := s.account(ctx, "--user="+owner, "--name="+tag, fmt.Sprintf("--starttime=now-%dseconds", ago))
	if err != nil {
		return nil, fmt.Errorf("slurm: history: %w", err)
	}
	jobs, err := pick(rows, owner, tag)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(jobs, func(j batch.Job) bool {
		return j.State.Phase() != batch.PhaseFinished || j.SubmittedAt.Before(since.Truncate(time.Second))
	}), nil
}

func (s *Scheduler) account(ctx context.Context, filter ...string) ([]row, error) {
	sep := newSeparator()
	args := append([]string{
		"--noheader", "--allocations", "--allusers", "--parsable",
		"--delimiter=" + string(sep), "--format=" + accountTable.names(),
	}, filter...)
	c := s.command("sacct", args...)
	c.MaxStdout = mostOwned
	res, err := s.run.Run(ctx, c)
	if err != nil {
		return nil, err
	}
	if strings.Contains(string(res.Stderr)+string(res.Stdout), "accounting storage is disabled") {
		return nil, batch.ErrNoHistory
	}
	if err := refusedQuestion(res); err != nil {
		return nil, err
	}
	rows, odd, err := accountTable.parse(res.Stdout, sep)
	if err != nil {
		return nil, fmt.Errorf("sacct: %w: %w", err, batch.ErrUnavailable)
	}
	s.complain(ctx, "sacct", odd)
	// The database may hear of a job's end before its start. Until then the record
	// has no partition and the name "allocation".
	rows = slices.DeleteFunc(rows, func(r row) bool { return r.job.Queue == "" })
	s.nameCancellers(ctx, rows)
	return rows, nil
}
