package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// daemon is one long-running process of the cluster.
type daemon struct {
	name  string
	user  string    // whom it runs as; empty for root
	argv  []string  // stays in the foreground
	env   []string  // added to serviceEnv
	log   string    // file that it writes its log to, if not to its output
	stop  os.Signal // what ends it in good order
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has ended; then err is set
	err   error
}

// startup is how long any one service may take until it is ready.
const startup = 60 * time.Second

// start runs the daemon in a process group of its own, so that Ctrl-C at a
// terminal does not reach it before those who use it have ended.
func (d *daemon) start() error {
	output, err := os.OpenFile(d.outputPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer output.Close()
	d.cmd = exec.Command(d.argv[0], d.argv[1:]...)
	d.cmd.Stdout, d.cmd.Stderr = output, output
	d.cmd.Dir = "/"
	d.cmd.Env = append(serviceEnv(), d.env...)
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if d.user != "" {
		if d.cmd.SysProcAttr.Credential, err = credential(d.user); err != nil {
			return err
		}
	}
	if err := d.cmd.Start(); err != nil {
		return fmt.Errorf("%s: %w", d.name, err)
	}
	d.ended = make(chan struct{})
	go func() {
		d.err = d.cmd.Wait()
		close(d.ended)
	}()
	return nil
}

// serviceEnv is the environment of everything but what the caller runs: nothing
// of the caller's shell may change how the cluster behaves.
func serviceEnv() []string {
	return []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"LANG=C.UTF-8", "HOME=/", "TMPDIR=" + inside("tmp"), "SLURM_CONF=" + slurmConf,
	}
}

func credential(name string) (*syscall.Credential, error) {
	uid, gid, err := lookup(name)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uid, Gid: gid}, nil
}

// await asks until ready has no error. It gives up when the daemon ends, or
// after the time for start-up.
func (d *daemon) await(ctx context.Context, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startup)
	defer cancel()
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-d.ended:
			return fmt.Errorf("%s ended instead of becoming ready (%s)%s", d.name, reason(d.err), d.tail())
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w%s", d.name, err, d.tail())
		case <-time.After(pause):
		}
	}
}

// finish asks the daemon to end and waits a little. What is left then ends with
// the namespace.
func (d *daemon) finish() {
	if d.cmd == nil || d.cmd.Process == nil {
		return
	}
	_ = d.cmd.Process.Signal(d.stop)
	select {
	case <-d.ended:
	case <-time.After(10 * time.Second):
	}
}

func (d *daemon) outputPath() string {
	if d.log != "" { // what comes before the log is open
		return inside("log", d.name+".out")
	}
	return inside("log", d.name+".log")
}

// tail is the end of the log, to be shown below an error.
func (d *daemon) tail() string {
	path := d.outputPath()
	text := read(path)
	if d.log != "" {
		path = d.log
		text += read(path)
	}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	lines = lines[max(0, len(lines)-15):]
	return fmt.Sprintf("; the end of %s:\n    %s", filepath.Base(path), strings.Join(lines, "\n    "))
}

func reason(err error) string {
	if err == nil {
		return "exit status 0"
	}
	return err.Error()
}

// command runs one short command to its end, as root or as a user, with input
// on its standard input. The error carries what it printed.
func command(ctx context.Context, as, input string, argv ...string) error {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdin = strings.NewReader(input)
	cmd.Dir = "/"
	cmd.Env = serviceEnv()
	if as != "" {
		who, err := credential(as)
		if err != nil {
			return err
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who}
	}
	output, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return fmt.Errorf("%s: %w: %s", filepath.Base(argv[0]), err, strings.TrimSpace(string(output)))
	}
	return err
}
