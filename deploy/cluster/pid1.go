package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// pid1Command is the first process of the namespace. The kernel gives it every
// orphan, and ends everything when it ends. It must do nothing else: a process
// that waits for all children cannot use os/exec for some of them.
func pid1Command() *cobra.Command {
	return &cobra.Command{
		Use:    "pid1 PLAN",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if os.Getpid() != 1 {
				return errors.New("pid1 runs only as the first process of a cluster")
			}
			code, err := reap(args[0])
			if err != nil {
				return err
			}
			return exitCode(code)
		},
	}
}

func reap(planPath string) (int, error) {
	if err := ownProc(); err != nil {
		return 0, err
	}
	signals := notifySignals()
	defer signal.Stop(signals)
	cmd := exec.Command("/proc/self/exe", "inside", planPath)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	child := cmd.Process.Pid
	go func() {
		for s := range signals {
			if number, ok := s.(syscall.Signal); ok {
				_ = syscall.Kill(child, number)
			}
		}
	}()
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return 0, fmt.Errorf("wait: %w", err)
		case pid != child:
		case status.Signaled():
			return 128 + int(status.Signal()), nil
		case status.Exited():
			return status.ExitStatus(), nil
		}
	}
}
