package pbs

import (
	"context"
	"fmt"
	"os/user"
	"path/filepath"
	"sync"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/command"
)

// Scheduler is one PBS server. It is safe for concurrent use. Between calls it
// keeps what the server said of itself and of its queues, for a minute.
type Scheduler struct {
	cfg  Config
	run  *command.Runner
	self string // who the service is

	mu     sync.Mutex
	server server
	known  snapshot
}

var (
	_ batch.Scheduler = (*Scheduler)(nil)
	_ batch.History   = (*Scheduler)(nil)
	_ batch.Tagged    = (*Scheduler)(nil)
)

// New checks the configuration. It runs nothing, so that a service can start
// while its scheduler is down.
func New(cfg Config) (*Scheduler, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("pbs: %w", err)
	}
	cfg = cfg.withDefaults()
	// The whole environment of every command. Times are printed in the zone of
	// the command, without naming it.
	env := []string{"PATH=/usr/bin:/bin:" + cfg.BinDir, "LC_ALL=C.UTF-8", "TZ=UTC"}
	if cfg.ConfFile != "" {
		env = append(env, "PBS_CONF_FILE="+cfg.ConfFile)
	}
	run, err := command.New(command.Config{
		As: cfg.SubmitAs, Sudo: cfg.Sudo, Timeout: cfg.Timeout.Std(), Env: env, Log: cfg.Log,
		Watch: cfg.Watch,
	})
	if err != nil {
		return nil, fmt.Errorf("pbs: %w", err)
	}
	me, err := user.Current()
	if err != nil {
		return nil, fmt.Errorf("pbs: the service's own user: %w", err)
	}
	return &Scheduler{cfg: cfg, run: run, self: me.Username}, nil
}

func (s *Scheduler) command(name string, args ...string) command.Command {
	return command.Command{Path: filepath.Join(s.cfg.BinDir, name), Args: args}
}

// at adds the configured server to the name of a queue or job, "" for all.
func (s *Scheduler) at(name string) []string {
	switch {
	case s.cfg.Server != "":
		return []string{name + "@" + s.cfg.Server}
	case name != "":
		return []string{name}
	}
	return nil
}

// complain notes fields that could not be read.
func (s *Scheduler) complain(ctx context.Context, name string, odd error) {
	if odd != nil && s.cfg.Log != nil {
		s.cfg.Log.WarnContext(ctx, "the scheduler's answer has fields that cannot be read", "command", name, "err", odd)
	}
}
