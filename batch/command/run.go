package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Between SIGTERM and SIGKILL for a command past its deadline, and from there
// until it is left to itself.
const grace = 2 * time.Second

func (r *Runner) run(ctx context.Context, argv []string, c Command) (Result, error) {
	timeout := c.Timeout
	if timeout == 0 {
		timeout = r.timeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	p := newProcess(ctx, argv, r.env, c)
	began := time.Now()
	err := p.start(c.Group)
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrNotStarted, err)
	} else {
		err = p.wait(ctx)
	}
	result := p.result
	result.Duration = time.Since(began)
	r.log.LogAttrs(ctx, slog.LevelDebug, "command",
		slog.Any("argv", clipped(argv)), slog.Duration("took", result.Duration),
		slog.Int("exit", result.ExitCode), slog.Any("err", err))
	if r.watch != nil {
		r.watch(filepath.Base(c.Path), outcome(result, err), result.Duration)
	}
	if err != nil {
		return result, fmt.Errorf("%s: %w", filepath.Base(c.Path), err)
	}
	return result, nil
}

// process is one run. Its buffers belong to the goroutine in wait until done is
// closed.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr capped
	killer         *time.Timer
	done           chan struct{}
	err            error
	result         Result
}

func newProcess(ctx context.Context, argv, env []string, c Command) *process {
	p := &process{done: make(chan struct{})}
	p.stdout.most, p.stderr.most = defaultStdout, mostStderr
	if c.MaxStdout > 0 {
		p.stdout.most = c.MaxStdout
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = "/" // a directory that every owner may enter
	cmd.Env = env
	cmd.Stdout, cmd.Stderr = &p.stdout, &p.stderr
	if c.Stdin != nil {
		cmd.Stdin = bytes.NewReader(c.Stdin)
	}
	// A group of its own, so that what it starts ends with it. SIGTERM comes
	// first: sudo passes it on to a command that we may not signal ourselves.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		group := -cmd.Process.Pid
		p.killer = time.AfterFunc(grace, func() { _ = syscall.Kill(group, syscall.SIGKILL) })
		return syscall.Kill(group, syscall.SIGTERM)
	}
	cmd.WaitDelay = grace + grace/2
	p.cmd = cmd
	return p
}

func (p *process) start(group string) error {
	p.result.ExitCode = -1
	if group != "" {
		dir, err := os.Open(group)
		if err != nil {
			return err
		}
		defer func() { _ = dir.Close() }()
		p.cmd.SysProcAttr.UseCgroupFD, p.cmd.SysProcAttr.CgroupFD = true, int(dir.Fd())
	}
	return p.cmd.Start()
}

// wait returns when the command has ended, or soon after its deadline even if
// nothing can end it.
func (p *process) wait(ctx context.Context) error {
	go func() {
		defer close(p.done)
		p.err = p.cmd.Wait()
		if p.killer != nil {
			p.killer.Stop()
		}
	}()
	select {
	case <-p.done:
	case <-ctx.Done():
		last := time.NewTimer(2 * grace)
		defer last.Stop()
		select {
		case <-p.done:
		case <-last.C:
			return fmt.Errorf("%w: %w", ErrTimeout, context.Cause(ctx))
		}
	}
	return p.judge(ctx)
}

func (p *process) judge(ctx context.Context) error {
	state := p.cmd.ProcessState
	p.result.ExitCode = state.ExitCode()
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		p.result.Signal = status.Signal().String()
	}
	p.result.Stdout, p.result.Stderr = p.stdout.kept, p.stderr.kept
	p.result.StderrTruncated = p.stderr.exceeded

	switch {
	case ctx.Err() != nil && !state.Success():
		return fmt.Errorf("%w: %w", ErrTimeout, context.Cause(ctx))
	case errors.Is(p.err, exec.ErrWaitDelay):
		return fmt.Errorf("%w: something kept it open", ErrTruncated)
	case p.stdout.exceeded:
		return fmt.Errorf("%w: more than %d bytes", ErrTruncated, p.stdout.most)
	}
	return nil
}

// clipped keeps a log line readable when there are thousands of job ids.
func clipped(argv []string) []string {
	out := make([]string, len(argv))
	for i, a := range argv {
		if len(a) > 200 {
			a = a[:200] + "..."
		}
		out[i] = strings.ToValidUTF8(a, "?")
	}
	return out
}
