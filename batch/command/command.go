package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Config is what all commands of one batch system share.
type Config struct {
	As      As            // "" is Sudo
	Sudo    string        // "" is /usr/bin/sudo
	Timeout time.Duration // for one command; 0 is 15 s
	Env     []string      // the whole environment, as "NAME=value"
	Log     *slog.Logger  // debug lines with argv; nil for none
	// Watch is told of every command that was run, for counting: ok,
	// failed (it said so), timeout, truncated or not started. It
	// returns at once. nil for none.
	Watch func(program, outcome string, took time.Duration)
}

// Limits that a Command does not set itself.
const (
	defaultTimeout = 15 * time.Second
	defaultStdout  = 1 << 20
	mostStderr     = 64 << 10
)

// Command is one thing to run.
type Command struct {
	Path  string   // absolute
	Args  []string // without the program's name
	Stdin []byte   // nil for /dev/null; never logged

	Timeout   time.Duration // 0 for the Runner's
	MaxStdout int           // bytes; 0 is 1 MiB; more is ErrTruncated

	// Group is the directory of a control group of version 2 that the command is born
	// in (CLONE_INTO_CGROUP in clone(2)); "" is the service's own.
	Group string
}

// Result is what came of a command that ran to its end.
type Result struct {
	ExitCode int    // -1 when a signal ended it
	Signal   string // "" for none; "killed", "segmentation fault", ...
	Stdout   []byte // complete
	Stderr   []byte // its first 64 KiB

	StderrTruncated bool
	Duration        time.Duration
}

// OK reports whether the command said that it succeeded.
func (r Result) OK() bool { return r.ExitCode == 0 }

// Runner runs commands. It is safe for concurrent use.
type Runner struct {
	as      As
	sudo    string
	self    string
	timeout time.Duration
	env     []string
	log     *slog.Logger
	watch   func(program, outcome string, took time.Duration)
	stalls  stalls
}

// New checks the configuration. It runs nothing.
func New(cfg Config) (*Runner, error) {
	r := &Runner{as: cfg.As, sudo: cfg.Sudo, timeout: cfg.Timeout, env: cfg.Env, log: cfg.Log, watch: cfg.Watch}
	if r.as == "" {
		r.as = Sudo
	}
	if r.as != Sudo && r.as != Self {
		return nil, fmt.Errorf("act as %q: must be %q or %q", r.as, Sudo, Self)
	}
	if r.sudo == "" {
		r.sudo = "/usr/bin/sudo"
	}
	if !filepath.IsAbs(r.sudo) {
		return nil, fmt.Errorf("the path of sudo, %q, is not absolute", r.sudo)
	}
	if r.timeout < 0 {
		return nil, errors.New("a negative timeout")
	}
	if r.timeout == 0 {
		r.timeout = defaultTimeout
	}
	if r.env == nil {
		r.env = []string{} // nil would mean the service's own
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	var err error
	r.self, err = ownName()
	return r, err
}

// Run runs a command that only asks, as the service's own user. While questions
// stall (ErrStalled) it fails at once.
func (r *Runner) Run(ctx context.Context, c Command) (Result, error) {
	if err := c.check(); err != nil {
		return Result{}, err
	}
	return r.question(ctx, c)
}

// RunAs runs the command as owner.
func (r *Runner) RunAs(ctx context.Context, owner string, c Command) (Result, error) {
	if err := r.checkOwner(owner); err != nil {
		return Result{}, err
	}
	if err := c.check(); err != nil {
		return Result{}, err
	}
	argv := append([]string{c.Path}, c.Args...)
	if r.as == Self {
		return r.run(ctx, argv, c)
	}
	argv = append([]string{r.sudo, "-n", "-u", owner, "--"}, argv...)
	result, err := r.run(ctx, argv, c)
	if err == nil && !result.OK() {
		if line := sudoRefusal(result.Stderr); line != "" {
			return result, fmt.Errorf("%w: %s: %.200s", ErrForbidden, filepath.Base(c.Path), line)
		}
	}
	return result, err
}

func (c Command) check() error {
	if !filepath.IsAbs(c.Path) {
		return fmt.Errorf("%w: %q is not an absolute path", ErrNotStarted, c.Path)
	}
	for _, arg := range c.Args {
		if strings.ContainsRune(arg, 0) {
			return fmt.Errorf("%w: an argument has a NUL byte", ErrNotStarted)
		}
	}
	info, err := os.Stat(c.Path)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrNotStarted, err)
	case !info.Mode().IsRegular() || info.Mode()&0o111 == 0:
		return fmt.Errorf("%w: %s is not a program", ErrNotStarted, c.Path)
	}
	return nil
}
