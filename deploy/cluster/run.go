package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

func runCommand() *cobra.Command {
	var p plan
	cmd := &cobra.Command{
		Use:   "run [flags] -- COMMAND [ARGUMENT...]",
		Short: "Start a cluster, run a command in it as root, and end both",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			p.Command = args
			code, err := start(p)
			if err != nil {
				return err
			}
			return exitCode(code)
		},
	}
	flags := cmd.Flags()
	flags.SetInterspersed(false)
	flags.StringVar(&p.Dir, "dir", ".test", "directory that everything is written to")
	flags.StringVar(&p.Berth, "berth", "", "berth binary to offer to every user of the cluster")
	p.Accounting.flag(cmd)
	flags.BoolVar(&p.LimitMemory, "limit-memory", false, "end jobs that use more memory than they asked for, where the kernel's control groups can be used")
	flags.BoolVar(&p.Keep, "keep", false, "go on with the jobs and job numbers of the last start")
	flags.BoolVar(&p.Quiet, "quiet", false, "print errors only")
	return cmd
}

// runIn runs the command with the cluster's environment and returns its exit
// code. It shares the terminal, so that a shell works. When the cluster is to
// end, the command gets the same signal and a little time.
func runIn(ctx context.Context, argv, env []string) (int, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = commandEnvironment(env)
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		return exitStatus(cmd, err)
	case <-ctx.Done():
	}
	var stop interrupted
	if !errors.As(context.Cause(ctx), &stop) {
		stop.signal = syscall.SIGTERM
	}
	// Ctrl-C at a terminal has reached the command already.
	if stop.signal != os.Interrupt || !inForeground() {
		_ = cmd.Process.Signal(stop.signal)
	}
	select {
	case err := <-done:
		if code, _ := exitStatus(cmd, err); code != 0 {
			return code, nil
		}
	case <-time.After(10 * time.Second):
	}
	return signalExit(stop.signal), nil
}

// inForeground tells whether a terminal sends its signals to this process group.
func inForeground() bool {
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer tty.Close()
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

func signalExit(s os.Signal) int {
	if number, ok := s.(syscall.Signal); ok {
		return 128 + int(number)
	}
	return 1
}
