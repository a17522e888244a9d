package demo

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// demoProcess is a running "berth demo".
type demoProcess struct {
	base string
	cmd  *exec.Cmd
	out  *watched
	done chan struct{}
}

// watched keeps what is written to it, and says when a text has come.
type watched struct {
	mu   sync.Mutex
	text bytes.Buffer
	grew chan struct{}
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case w.grew <- struct{}{}:
	default:
	}
	return w.text.Write(p)
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// startDemo starts the real program and waits until it says that it is ready.
func startDemo(t *testing.T, as *syscall.Credential, binary string, args ...string) *demoProcess {
	t.Helper()
	d := &demoProcess{out: &watched{grew: make(chan struct{}, 1)}, done: make(chan struct{})}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	d.base = "http://" + addr
	d.cmd = exec.Command(binary, append([]string{"demo", "--addr=" + addr}, args...)...)
	d.cmd.Stdout, d.cmd.Stderr = d.out, d.out
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: as}
	d.cmd.Dir = filepath.Dir(binary)
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = d.cmd.Wait()
		close(d.done)
	}()
	t.Cleanup(d.interrupt)
	for !strings.Contains(d.out.String(), "berth is ready at") {
		select {
		case <-d.out.grew:
		case <-d.done:
			t.Fatalf("the demo ended: %s", d.out)
		case <-time.After(time.Minute):
			t.Fatalf("the demo is never ready: %s", d.out)
		}
	}
	return d
}

// interrupt is Ctrl-C on a terminal.
func (d *demoProcess) interrupt() {
	_ = syscall.Kill(-d.cmd.Process.Pid, syscall.SIGINT)
	<-d.done
}

// program copies the binary to where everybody may run it.
func program(t *testing.T) string {
	t.Helper()
	source := filepath.Join(os.Getenv("BERTH_TEST_BIN"), "berth")
	if _, err := os.Stat(source); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("needs the built binary: set BERTH_TEST_BIN to its directory")
	}
	dir, err := os.MkdirTemp("/tmp", "berth-test-") //nolint:usetesting // other users must be able to enter it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	binary := filepath.Join(dir, "berth")
	// By another program: a file that this one has open for writing cannot be run.
	if out, err := exec.Command("cp", source, binary).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return binary
}

// nobody is somebody who is not root; nil if we are not root ourselves.
func nobody(t *testing.T) *syscall.Credential {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// remaining lists the processes whose command line has the text.
func remaining(t *testing.T, text string) []string {
	t.Helper()
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	var found []string
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err == nil && bytes.Contains(line, []byte(text)) && !strings.HasPrefix(file, "/proc/"+strconv.Itoa(os.Getpid())+"/") {
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}
