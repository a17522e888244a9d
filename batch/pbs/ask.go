package pbs

import (
	"context"
	"fmt"
	"strings"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/command"
)

const (
	mostQueue  = 256 << 20 // bytes of qstat's answer for all jobs
	mostAnswer = 16 << 20  // and of every other answer
)

// What qstat says about single jobs that it was asked for. The others are
// printed all the same, and the exit code is that of one of the failures.
const (
	saysUnknown   = "Unknown Job Id"
	saysFinished  = "Job has finished"
	saysNoHistory = "PBS is not configured to maintain job history"
)

// qstat asks about jobs: all, or those named. A named job that is not there is
// absent. An answer is believed only if nothing else was complained about: with
// a server that is down qstat prints what could be taken for "no jobs".
func (s *Scheduler) qstat(ctx context.Context, args ...string) ([]row, error) {
	c := s.command("qstat", args...)
	c.MaxStdout = mostQueue
	res, err := s.run.Run(ctx, c)
	if err != nil {
		return nil, err
	}
	failures := 0
	for _, line := range complaints(res.Stderr) {
		switch {
		case strings.Contains(line, saysNoHistory):
			return nil, batch.ErrNoHistory
		case strings.Contains(line, saysUnknown), strings.Contains(line, saysFinished):
			failures++
		default:
			return nil, fmt.Errorf("%w: %s", batch.ErrUnavailable, line)
		}
	}
	if !res.OK() && failures == 0 || res.StderrTruncated {
		return nil, silent(res)
	}
	rows, odd, err := parseJobs(res.Stdout)
	if err != nil {
		return nil, fmt.Errorf("qstat: %w: %w", err, batch.ErrUnavailable)
	}
	s.complain(ctx, "qstat", odd)
	return rows, nil
}

// answer runs a command that only asks and gives what it printed.
func (s *Scheduler) answer(ctx context.Context, name string, args ...string) ([]byte, error) {
	c := s.command(name, args...)
	c.MaxStdout = mostAnswer
	res, err := s.run.Run(ctx, c)
	if err != nil {
		return nil, err
	}
	if lines := complaints(res.Stderr); len(lines) > 0 {
		return nil, fmt.Errorf("%w: %s", batch.ErrUnavailable, lines[0])
	}
	if !res.OK() {
		return nil, silent(res)
	}
	return res.Stdout, nil
}

func silent(res command.Result) error {
	return fmt.Errorf("%w: exit code %d %s", batch.ErrUnavailable, res.ExitCode, res.Signal)
}

// complaints are the lines of standard error without the commands' own names,
// cleaned, the first thousand. "Connection refused" and its like come before
// the line that says what could not be done.
func complaints(stderr []byte) []string {
	var lines []string
	for line := range strings.Lines(string(stderr)) {
		text := clean(strings.TrimRight(line, "\r\n"))
		for _, prefix := range []string{"qsub: ", "qstat: ", "qdel: ", "qselect: ", "pbsnodes: ", "qhold: ", "qrls: "} {
			text = strings.TrimPrefix(text, prefix)
		}
		if text == "" || strings.HasPrefix(text, "sudo: ") {
			continue
		}
		if r := []rune(text); len(r) > 300 {
			text = string(r[:300]) + "..."
		}
		if lines = append(lines, text); len(lines) == 1000 {
			break
		}
	}
	return lines
}
