package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// process is the running server.
type process struct {
	pid  int
	log  string
	done chan struct{} // closed when it has ended
}

// environment is the server's whole environment.
var environment = []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}

// initialise makes the data under another name and gives them their own when they
// are complete, so that an interrupted first start does no harm.
func initialise(ctx context.Context, bin binaries, data string) error {
	if _, err := os.Stat(data); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	draft := data + ".new"
	if err := os.RemoveAll(draft); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin.dir, "initdb"), "--pgdata="+draft,
		"--username=berth", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions")
	cmd.Env = environment
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(out))
	}
	return os.Rename(draft, data)
}

// launch starts the server. It is in a process group of its own, so that a
// terminal's Ctrl-C does not reach it, and the kernel tells it to shut down when
// the thread that started it is gone (PR_SET_PDEATHSIG in prctl(2)): that thread
// lives as long as the server does.
func launch(bin binaries, cfg Config) (*process, error) {
	settings := []string{
		"listen_addresses=", "unix_socket_permissions=0700", "max_connections=100", "shared_buffers=32MB",
		// A log for each day of the week, at most.
		"logging_collector=on", "log_directory=" + filepath.Join(cfg.Dir, "log"), "log_filename=%a.log",
		"log_truncate_on_rotation=on", "log_rotation_age=1d", "log_rotation_size=0",
	}
	if cfg.Volatile {
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off")
	}
	p := &process{log: filepath.Join(cfg.Dir, "start.log"), done: make(chan struct{})}
	out, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }()
	//nolint:noctx // it is to outlive the context of its start
	cmd := exec.Command(filepath.Join(bin.dir, "postgres"), "-D", filepath.Join(cfg.Dir, "data"), "-k", cfg.Dir)
	for _, s := range settings {
		cmd.Args = append(cmd.Args, "-c", s)
	}
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = cfg.Dir, environment, out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
	begun := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := cmd.Start()
		begun <- err
		if err == nil {
			_ = cmd.Wait() // its log says why
			close(p.done)
		}
	}()
	if err := <-begun; err != nil {
		return nil, err
	}
	p.pid = cmd.Process.Pid
	return p, nil
}

// stop asks for a fast shutdown, and for an immediate one when that takes too
// long ("Shutting Down the Server" in PostgreSQL's manual).
func (p *process) stop() error {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT} {
		_ = syscall.Kill(p.pid, s)
		timer := time.NewTimer(stopWithin)
		select {
		case <-p.done:
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
	return errors.New("PostgreSQL does not end")
}

// inTheWay reports whether the server did not start because another one still
// holds the data.
func (p *process) inTheWay() bool { return strings.Contains(p.words(), "postmaster.pid") }

// words is what the server said while it was starting.
func (p *process) words() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text[:min(len(text), 2000)]))
}
