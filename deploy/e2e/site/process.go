package site

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// process is one run of the binary.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
	err   error // after ended
}

// command is one of berth's, as the service user and with the gateway's config
// file, unless the arguments name another one.
func (g *Gateway) command(t testing.TB, argv []string) *exec.Cmd {
	t.Helper()
	if !slices.Contains(argv, "--config") {
		argv = append(slices.Clone(argv), "--config", g.file())
	}
	cmd := exec.Command(g.Binary, argv...) //nolint:noctx // it may outlive the test's context: close ends it
	cmd.Dir = g.dir
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + g.StateDir}
	cmd.Env = append(cmd.Env, g.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential(t, service), Setpgid: true}
	return cmd
}

// Berth runs one of berth's commands to its end, and returns what it prints and
// its exit status.
func (g *Gateway) Berth(t testing.TB, stdin string, argv ...string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	cmd := g.command(t, argv)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	_ = cmd.Wait() // the exit status says it all
	return out.String(), cmd.ProcessState.ExitCode()
}

// start starts the gateway. What it prints goes to its log.
func (g *Gateway) start(t testing.TB) *process {
	t.Helper()
	log, err := os.OpenFile(g.logPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	cmd := g.command(t, []string{"serve"})
	g.activate(cmd)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		p.err = cmd.Wait()
	}()
	return p
}

// wait waits for the end; a process that takes longer is killed.
func (p *process) wait(within time.Duration) error {
	select {
	case <-p.ended:
		return p.err
	case <-time.After(within):
		_ = p.cmd.Process.Kill()
		<-p.ended
		return fmt.Errorf("it did not end within %s", within)
	}
}

// gone says how the process has ended; nil while it runs.
func (p *process) gone() error {
	select {
	case <-p.ended:
		return errors.Join(errors.New("ended"), p.err)
	default:
		return nil
	}
}

// Kill ends the process as a crash of the machine would.
func (g *Gateway) Kill(t testing.TB) {
	t.Helper()
	if err := g.process.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-g.process.ended
}

// Terminate asks the gateway to end, as a service manager does. Wait tells how
// it went.
func (g *Gateway) Terminate(t testing.TB) {
	t.Helper()
	if err := g.process.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

// Wait waits for the gateway's end, which Terminate has asked for, and returns
// the process's error: nil for exit status 0.
func (g *Gateway) Wait(t testing.TB, within time.Duration) error {
	t.Helper()
	return g.process.wait(within)
}

// PID is the process's number.
func (g *Gateway) PID() int { return g.process.cmd.Process.Pid }

// Ended is closed when the process has ended, by whatever cause.
func (g *Gateway) Ended() <-chan struct{} { return g.process.ended }

// close ends the gateway politely, then its jobs, and removes what it had.
func (g *Gateway) close(t testing.TB, drop func()) {
	if p := g.process; p != nil && p.gone() == nil {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		if err := p.wait(20 * time.Second); err != nil {
			t.Errorf("%s: the gateway did not end well: %v", g.Name, err)
		}
	}
	if g.process != nil {
		g.cancelJobs(t)
		g.searchSecrets(t)
	}
	if t.Failed() && g.process != nil {
		t.Logf("the end of the log of %s:\n%s", g.Name, tail(eventful(g.Log(t)), 120))
	}
	drop()
	if err := os.RemoveAll(g.dir); err != nil {
		t.Error(err)
	}
}

func (g *Gateway) logPath() string { return filepath.Join(g.dir, "berth.log") }

// Log is everything that the gateway has printed.
func (g *Gateway) Log(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(g.logPath())
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

// eventful leaves out the requests that a server can do nothing about.
func eventful(log string) string {
	var b strings.Builder
	for line := range strings.Lines(log) {
		if !strings.Contains(line, "msg=request ") || strings.Contains(line, "status=5") {
			b.WriteString(line)
		}
	}
	return b.String()
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
