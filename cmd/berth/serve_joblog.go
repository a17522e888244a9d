package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/berth-hpc/berth/batch/command"
	"github.com/berth-hpc/berth/gateway/session"
)

// jobLogReader reads what a job printed before its agent could speak, as the
// job's owner: the file is in the owner's home, which nobody else may enter.
type jobLogReader struct {
	runner *command.Runner
	argv   []string
	dir    string
	own    bool // everybody's logs are our own user's
	log    *slog.Logger
}

func newJobLogReader(c clusterConfig, log *slog.Logger) (*jobLogReader, error) {
	argv := c.JobLogCommand
	if len(argv) == 0 {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("job_log_command: %w", err)
		}
		argv = []string{self, "job-log"}
	}
	if !filepath.IsAbs(argv[0]) {
		return nil, fmt.Errorf("job_log_command: %q is not an absolute path", argv[0])
	}
	runner, err := command.New(command.Config{
		As: command.As(c.SubmitAs), Timeout: c.CommandTimeout.Std(), Log: log, Env: []string{"PATH=/usr/bin:/bin", "HOME=/"},
	})
	if err != nil {
		return nil, err
	}
	return &jobLogReader{runner: runner, argv: argv, dir: c.JobLogDir, own: c.Local.pretend != "", log: log}, nil
}

// read returns the end of the job's log, or "" when there is none to be had.
func (r *jobLogReader) read(ctx context.Context, s session.Session) string {
	args := append(append([]string{}, r.argv[1:]...), string(s.ID), "1")
	if r.dir != "" {
		args = append(args, "--dir="+r.dir)
	}
	run := func(c command.Command) (command.Result, error) { return r.runner.RunAs(ctx, s.Owner, c) }
	if r.own {
		run = func(c command.Command) (command.Result, error) { return r.runner.Run(ctx, c) }
	}
	result, err := run(command.Command{Path: r.argv[0], Args: args})
	if err != nil || !result.OK() {
		r.log.Warn("the job's early output cannot be read", "session", s.ID, "err", err, "stderr", string(result.Stderr))
		return ""
	}
	return string(result.Stdout)
}
