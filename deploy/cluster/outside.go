package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long the inside gets to end after a signal before the kernel
// ends it.
const patience = 20 * time.Second

// start makes the cluster, waits for its end, and returns the exit code of what
// ran in it.
func start(p plan) (int, error) {
	var err error
	if p.Accounting, err = p.Accounting.settle(); err != nil {
		return 0, err
	}
	dir, err := filepath.Abs(p.Dir)
	if err != nil {
		return 0, err
	}
	p.Dir = dir
	if p.Berth != "" {
		if p.Berth, err = filepath.Abs(p.Berth); err != nil {
			return 0, err
		}
	}
	if err := os.MkdirAll(p.Dir, 0o755); err != nil {
		return 0, err
	}
	lock, err := lockDir(p.Dir)
	if err != nil {
		return 0, err
	}
	defer lock.Close()
	chosen, claim, err := claimPorts()
	if err != nil {
		return 0, err
	}
	defer claim.Close()
	p.Ports = chosen
	p.settleMemory()
	if err := p.save(); err != nil {
		return 0, err
	}
	// The last start's must not be taken for this one's.
	if err := os.Remove(p.file(environmentPath)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}

	cmd := exec.Command("/proc/self/exe", "pid1", p.file(planFile))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	// The lock and the claim are freed when the namespace is gone, not earlier.
	cmd.ExtraFiles = []*os.File{lock, claim}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC,
		Pdeathsig:  syscall.SIGKILL,
	}
	signals := notifySignals()
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("cannot make namespaces: %w", err)
	}
	if err := saveRecord(p.Dir, cmd.Process.Pid); err != nil {
		_ = cmd.Process.Kill()
		return 0, errors.Join(err, cmd.Wait())
	}
	defer removeRecord(p.Dir)
	code, err := waitForward(cmd, signals)
	return code, errors.Join(err, p.removeMemoryGroups())
}

// notifySignals catches the signals that end a cluster, but for those that were
// ignored when it was started (nohup).
func notifySignals() chan os.Signal {
	c := make(chan os.Signal, 8)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(c, s)
		}
	}
	return c
}

// waitForward passes signals on until the command ends. A second signal, or
// lost patience, ends it at once.
func waitForward(cmd *exec.Cmd, signals <-chan os.Signal) (int, error) {
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	var late <-chan time.Time
	for {
		select {
		case err := <-done:
			return exitStatus(cmd, err)
		case s := <-signals:
			if late != nil {
				_ = cmd.Process.Kill()
				continue
			}
			late = time.After(patience)
			_ = cmd.Process.Signal(s)
		case <-late:
			_ = cmd.Process.Kill()
		}
	}
}

// exitStatus is what a shell would say: the exit code, or 128 and the signal.
func exitStatus(cmd *exec.Cmd, err error) (int, error) {
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, err
	}
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return cmd.ProcessState.ExitCode(), nil
}

func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("a cluster is running in %s (choose another --dir, or end it)", dir)
	}
	return f, nil
}
