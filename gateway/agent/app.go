package agent

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/berth-hpc/berth/gateway/tunnel"
)

// dialLimit bounds connecting to the app: it is on this machine.
const dialLimit = 10 * time.Second

// app is the running app.
type app struct {
	dir           string
	network, addr string
	ready         func(string) string // expands the readiness check's headers
	started       time.Time
	pid           int
	done          chan struct{} // closed when it has ended
	state         *os.ProcessState

	once sync.Once // of terminate
}

// startApp prepares the private directory and starts the app in it.
func startApp(a *agent, m tunnel.Manifest) (*app, error) {
	dir, err := makeDir(a.Getenv("TMPDIR"))
	if err != nil {
		return nil, err
	}
	p := &app{dir: dir, done: make(chan struct{})}
	if err := p.prepare(a, m); err != nil {
		p.remove()
		return nil, err
	}
	return p, nil
}

// prepare chooses where the app listens, writes its files and starts it.
func (p *app) prepare(a *agent, m tunnel.Manifest) error {
	values := map[string]string{
		"DIR": p.dir, "BASE_PATH": m.BasePath, "USER": m.Owner, "HOME": a.Getenv("HOME"),
	}
	if program, err := os.Executable(); err == nil {
		values["BERTH"] = program
	}
	p.network, p.addr = "unix", filepath.Join(p.dir, "socket")
	values["SOCKET"] = p.addr
	if m.Listen == tunnel.ListenPort {
		port, err := freePort()
		if err != nil {
			return err
		}
		p.network, p.addr = "tcp", net.JoinHostPort("127.0.0.1", port)
		values["PORT"] = port
	}
	public := expander(values)
	values["TOKEN"] = m.Token.Reveal()
	private := expander(values)
	p.ready = private
	if err := writeFiles(p.dir, m, private); err != nil {
		return err
	}
	cmd := exec.Command(public(m.Command[0])) //nolint:noctx // its end is the agent's own business
	for _, word := range m.Command[1:] {
		cmd.Args = append(cmd.Args, public(word))
	}
	cmd.Env = environment(a.Environ(), m.Env, public)
	cmd.Dir = workingDir(public(m.Dir), values["HOME"], p.dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	return p.start(cmd, newOutput(a))
}

// environment is the job's, without berth's own, and the manifest's on top.
func environment(inherited []string, set map[string]string, expand func(string) string) []string {
	var env []string
	for _, entry := range inherited {
		if !strings.HasPrefix(entry, "BERTH_") {
			env = append(env, entry)
		}
	}
	for name, value := range set {
		env = append(env, name+"="+expand(value))
	}
	return env
}

// workingDir is the first that can be entered.
func workingDir(choices ...string) string {
	for _, dir := range choices {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir
		}
	}
	return "/"
}

// start runs the command. The thread that starts it must live as long as it
// does: the kernel sends Pdeathsig when that thread ends (prctl(2),
// PR_SET_PDEATHSIG).
func (p *app) start(cmd *exec.Cmd, out *output) error {
	cmd.Stdout, cmd.Stderr = out.stream("stdout"), out.stream("stderr")
	cmd.WaitDelay = 2 * time.Second // a child of the app's may hold its output open
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		p.started = time.Now()
		err := cmd.Start()
		if err == nil {
			p.pid = cmd.Process.Pid
		}
		started <- err
		if err != nil {
			return
		}
		_ = cmd.Wait() // the state says it all
		p.signal(syscall.SIGKILL)
		p.state = cmd.ProcessState
		out.flush()
		close(p.done)
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("%s: %w", cmd.Path, err)
	}
	return nil
}

// signal goes to the app's whole process group.
func (p *app) signal(s syscall.Signal) { _ = syscall.Kill(-p.pid, s) }

func (p *app) kill() { p.signal(syscall.SIGKILL) }

// terminate asks the app to end and, after grace, makes it.
func (p *app) terminate(grace time.Duration) {
	p.once.Do(func() {
		p.signal(syscall.SIGTERM)
		go func() {
			select {
			case <-p.done:
			case <-time.After(grace):
				p.kill()
			}
		}()
	})
}

// exited says how the app ended; only after done.
func (p *app) exited() tunnel.Exited {
	e := tunnel.Exited{At: time.Now()}
	status, ok := p.state.Sys().(syscall.WaitStatus)
	switch {
	case ok && status.Signaled():
		e.Signal = int(status.Signal())
	case ok:
		e.Code = status.ExitStatus()
	}
	return e
}

func (p *app) dial() (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), dialLimit)
	defer cancel()
	return (&net.Dialer{}).DialContext(ctx, p.network, p.addr)
}

func (p *app) remove() { _ = os.RemoveAll(p.dir) }

// freePort finds a port of loopback that nobody listens on.
func freePort() (string, error) {
	ln, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = ln.Close() }()
	return strconv.Itoa(ln.Addr().(*net.TCPAddr).Port), nil
}
