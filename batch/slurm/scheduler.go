package slurm

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/command"
)

// Scheduler is one Slurm cluster. It keeps nothing between calls and is safe
// for concurrent use.
type Scheduler struct {
	cfg Config
	run *command.Runner
}

var (
	_ batch.Scheduler = (*Scheduler)(nil)
	_ batch.History   = (*Scheduler)(nil)
	_ batch.Estimator = (*Scheduler)(nil)
	_ batch.Previewer = (*Scheduler)(nil)
)

// New checks the configuration. It runs nothing, so that a service can start
// while its scheduler is down.
func New(cfg Config) (*Scheduler, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("slurm: %w", err)
	}
	cfg = cfg.withDefaults()
	// The whole environment of every command: nothing of the service's own, which
	// might carry SBATCH_ or SQUEUE_ variables, gets through.
	env := []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "SLURM_TIME_FORMAT=%s"}
	if cfg.SlurmConf != "" {
		env = append(env, "SLURM_CONF="+cfg.SlurmConf)
	}
	run, err := command.New(command.Config{
		As: cfg.SubmitAs, Sudo: cfg.Sudo, Timeout: cfg.Timeout.Std(), Env: env, Log: cfg.Log,
		Watch: cfg.Watch,
	})
	if err != nil {
		return nil, fmt.Errorf("slurm: %w", err)
	}
	return &Scheduler{cfg: cfg, run: run}, nil
}

func (s *Scheduler) command(name string, args ...string) command.Command {
	if s.cfg.Cluster != "" {
		args = append([]string{"--clusters=" + s.cfg.Cluster}, args...)
	}
	return command.Command{Path: filepath.Join(s.cfg.BinDir, name), Args: args}
}

// complain notes fields that could not be read.
func (s *Scheduler) complain(ctx context.Context, name string, odd error) {
	if odd != nil && s.cfg.Log != nil {
		s.cfg.Log.WarnContext(ctx, "the scheduler's answer has fields that cannot be read", "command", name, "err", odd)
	}
}
