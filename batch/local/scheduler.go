package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/command"
)

// Scheduler is this machine. Its jobs move only while Run runs, in this or in
// another process on the same directory.
type Scheduler struct {
	cfg   Config
	store *store
	run   *command.Runner
	has   *inventory
	host  string
	pokes chan struct{}
	work  *work
	// groups is nil where jobs get no control groups.
	groups *groups
}

var (
	_ batch.Scheduler = (*Scheduler)(nil)
	_ batch.History   = (*Scheduler)(nil)
	_ batch.Estimator = (*Scheduler)(nil)
	_ batch.Tagged    = (*Scheduler)(nil)
)

// New checks the configuration and makes the state directory. It starts nothing.
func New(cfg Config) (*Scheduler, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("local: %w", err)
	}
	cfg = cfg.withDefaults()
	if cfg.Pretend != nil && os.Getuid() == 0 {
		return nil, errors.New("local: nobody's jobs are run as root")
	}
	// The whole environment of the helper, which tells the job's processes where
	// their home is when they are our own user's. Sudo sets it for others.
	env := []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"}
	if u, err := user.Current(); err == nil {
		env = append(env, "HOME="+u.HomeDir, "USER="+u.Username, "LOGNAME="+u.Username)
	}
	run, err := command.New(command.Config{
		As: cfg.SubmitAs, Sudo: cfg.Sudo, Timeout: cfg.Timeout.Std(), Env: env, Log: cfg.Log,
		Watch: cfg.Watch,
	})
	if err != nil {
		return nil, fmt.Errorf("local: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	in, err := findGroups(cfg)
	if err != nil {
		return nil, fmt.Errorf("local: %w", err)
	}
	s, err := openStore(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("local: %w", err)
	}
	return &Scheduler{
		cfg: cfg, store: s, run: run, has: &inventory{cfg: cfg, run: run}, host: host,
		pokes: make(chan struct{}, 1), work: newWork(), groups: in,
	}, nil
}

// poke makes Run look at once.
func (s *Scheduler) poke() {
	select {
	case s.pokes <- struct{}{}:
	default:
	}
}

// reachable says whether the caller still waits.
func reachable(ctx context.Context) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", batch.ErrUnavailable, context.Cause(ctx))
	}
	return nil
}
