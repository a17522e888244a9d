package slurm

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/command"
)

const (
	// With more ids than this the whole queue is asked for. Measured on 22.05: one
	// comparison costs squeue 2.4 ns, one job more in its answer 5 us.
	mostFilteredIDs = 1000

	mostQueue = 256 << 20 // bytes of squeue's answer for a whole queue
	mostOwned = 16 << 20  // and of one owner's jobs
)

var (
	idPattern  = regexp.MustCompile(`^[1-9][0-9]{0,9}$`)
	tagPattern = regexp.MustCompile(`^[a-z0-9:.-]{1,100}$`)
)

// Jobs reports the jobs that the queue still shows; finished ones stay for
// MinJobAge (five minutes unless configured otherwise).
//
// The controller sends its whole table for more than one id anyway, so that
// naming the ids only shortens what squeue prints. The answer is filtered here
// in either case.
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
	var filter []string
	if len(wanted) <= mostFilteredIDs {
		filter = []string{"--jobs=" + idList(wanted)}
	}
	rows, err := s.queue(ctx, mostQueue, filter...)
	if err != nil {
		return nil, fmt.Errorf("slurm: jobs: %w", err)
	}
	for _, r := range rows {
		if wanted[r.job.ID] {
			found[r.job.ID] = r.settle()
		}
	}
	return found, nil
}

// Find looks through the owner's own jobs only. A user that the name service
// does not know at the moment is an error, never "no jobs".
func (s *Scheduler) Find(ctx context.Context, owner, tag string) ([]batch.Job, error) {
	if !ownerPattern.MatchString(owner) || !tagPattern.MatchString(tag) {
		return nil, fmt.Errorf("slurm: find: %.40q is no owner or %.100q is no tag", owner, tag)
	}
	rows, err := s.queue(ctx, mostOwned, "--user="+owner, "--name="+tag)
	if err != nil {
		return nil, fmt.Errorf("slurm: find: %w", err)
	}
	return pick(rows, owner, tag)
}

// pick takes the rows that are owner's and have the tag, oldest first. If it
// cannot be told whose a job is, there is no answer.
func pick(rows []row, owner, tag string) ([]batch.Job, error) {
	var jobs []batch.Job
	for _, r := range rows {
		switch {
		case r.job.Tag != tag:
		case r.job.Owner == "":
			return nil, fmt.Errorf("slurm: find: whose job %s is cannot be told: %w", r.job.ID, batch.ErrUnavailable)
		case r.job.Owner == owner:
			jobs = append(jobs, r.settle())
		}
	}
	slices.SortFunc(jobs, older)
	return jobs, nil
}

func idList(ids map[batch.JobID]bool) string {
	list := make([]string, 0, len(ids))
	for id := range ids {
		list = append(list, string(id))
	}
	slices.Sort(list)
	return strings.Join(list, ",")
}

// queue asks squeue. --all shows the jobs in partitions that are hidden from or
// closed to the service's own user.
func (s *Scheduler) queue(ctx context.Context, most int, filter ...string) ([]row, error) {
	sep := newSeparator()
	args := append([]string{"--noheader", "--all", "--states=all", "--Format=" + queueTable.long(sep)}, filter...)
	c := s.command("squeue", args...)
	c.MaxStdout = most
	res, err := s.run.Run(ctx, c)
	if err != nil {
		return nil, err
	}
	if !res.OK() && isUnknownJob(res) {
		return nil, nil
	}
	if err := refusedQuestion(res); err != nil {
		return nil, err
	}
	rows, odd, err := queueTable.parse(res.Stdout, sep)
	if err != nil {
		return nil, fmt.Errorf("squeue: %w: %w", err, batch.ErrUnavailable)
	}
	s.complain(ctx, "squeue", odd)
	return rows, nil
}

// isUnknownJob: squeue fails when the only id that it was asked for is unknown.
func isUnknownJob(res command.Result) bool {
	return strings.Contains(string(res.Stderr), "Invalid job id specified")
}

// refusedQuestion judges the end of a command that only asks. Some of Slurm's
// commands say "Invalid user" or "Invalid job format specification" and
// succeed, with an answer that is empty or short.
func refusedQuestion(res command.Result) error {
	line := firstLine(res.Stderr)
	if res.OK() && !strings.Contains(string(res.Stderr), "error: Invalid") {
		return nil
	}
	if line == "" {
		line = "exit code " + fmt.Sprint(res.ExitCode) + " " + res.Signal
	}
	return fmt.Errorf("%w: %s", batch.ErrUnavailable, line)
}
