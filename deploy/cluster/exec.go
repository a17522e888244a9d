package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

func execCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "exec [flags] -- COMMAND [ARGUMENT...]",
		Short: "Run a command in a running cluster as root, for instance: cluster exec -- squeue",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			code, err := execIn(dir, args)
			if err != nil {
				return err
			}
			return exitCode(code)
		},
	}
	cmd.Flags().SetInterspersed(false)
	cmd.Flags().StringVar(&dir, "dir", ".demo", "directory of the running cluster")
	return cmd
}

func execIn(dir string, argv []string) (int, error) {
	pid, err := findRunning(dir)
	if err != nil {
		return 0, err
	}
	env, err := loadEnvironment(filepath.Join(dir, environmentPath))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("the cluster in %s is still starting", dir)
	}
	if err != nil {
		return 0, err
	}
	where, err := os.Getwd()
	if err != nil {
		return 0, err
	}
	err = enter(pid)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("the cluster in %s has ended", dir)
	}
	if err != nil {
		return 0, fmt.Errorf("cannot enter the cluster: %w", err)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = where
	cmd.Env = commandEnvironment(env)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	signals := notifySignals()
	defer signal.Stop(signals)
	// No Pdeathsig: in another process namespace Go takes the parent for dead.
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	go func() {
		for s := range signals {
			// Ctrl-C at a terminal has reached the command already, and need
			// not be its end.
			if s != os.Interrupt || !inForeground() {
				_ = cmd.Process.Signal(s)
			}
		}
	}()
	return exitStatus(cmd, cmd.Wait())
}

// enter moves this thread, which is the main one, into the namespaces of
// another process, and to the same root directory: that is not the namespace's
// own when the cluster was started in a chroot. Children are then born there.
func enter(pid int) error {
	// A thread that shares its working directory with others may not change
	// its mount namespace.
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return err
	}
	process := filepath.Join("/proc", strconv.Itoa(pid))
	root, err := unix.Open(filepath.Join(process, "root"), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(root) }()
	for _, kind := range []struct {
		name string
		flag int
	}{{"ipc", unix.CLONE_NEWIPC}, {"pid", unix.CLONE_NEWPID}, {"mnt", unix.CLONE_NEWNS}} {
		space, err := unix.Open(filepath.Join(process, "ns", kind.name), unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		err = unix.Setns(space, kind.flag)
		_ = unix.Close(space)
		if err != nil {
			return fmt.Errorf("%s: %w", kind.name, err)
		}
	}
	if err := unix.Fchdir(root); err != nil {
		return err
	}
	return unix.Chroot(".")
}
