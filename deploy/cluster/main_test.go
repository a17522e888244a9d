package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The test binary is also the command under test, and a stand-in for berth.
func TestMain(m *testing.M) {
	switch {
	case filepath.Base(os.Args[0]) == "berth":
		os.Exit(standIn(os.Args[1:]))
	case len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-"):
		os.Exit(run(os.Args[1:]))
	}
	// A program with the race detector waits a second before it ends.
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE")); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// standIn answers /readyz where the configuration says, and ends on POST /crash.
func standIn(args []string) int {
	if len(args) != 3 || args[1] != "--config" {
		fmt.Println("usage: berth migrate|serve --config FILE")
		return 2
	}
	if args[0] == "migrate" {
		return 0
	}
	addr := ""
	for line := range strings.Lines(read(args[2])) {
		if after, ok := strings.CutPrefix(line, "listen: "); ok {
			addr = strings.TrimSpace(after)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, os.Getuid()) })
	mux.HandleFunc("POST /crash", func(http.ResponseWriter, *http.Request) { os.Exit(3) })
	fmt.Println(http.ListenAndServe(addr, mux))
	return 1
}

// running is a cluster that this test started.
type running struct {
	t     *testing.T
	dir   string
	cmd   *exec.Cmd
	lines *bufio.Scanner // its standard output
	said  *bytes.Buffer  // its standard error
	space uint64         // the process namespace, as an inode
}

// requireRoot skips where no cluster can run, but not where one must. Tests
// need everything that there is to a cluster.
func requireRoot(t *testing.T) {
	t.Helper()
	if err := requireMachine(forAccounting); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// launch starts the command with these arguments and waits for the first line
// that it prints.
func launch(t *testing.T, dir string, args ...string) (*running, string) {
	t.Helper()
	requireRoot(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := &running{t: t, dir: dir, cmd: exec.Command(self, args...), said: new(bytes.Buffer)}
	r.cmd.Stderr = r.said
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if _, err := r.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.lines = bufio.NewScanner(stdout)
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.kill() })
	if !r.lines.Scan() {
		_ = r.cmd.Wait()
		t.Fatalf("the cluster ended early:\n%s", r.said)
	}
	pid, err := findRunning(dir)
	if err != nil {
		t.Fatal(err)
	}
	r.space = namespace(t, fmt.Sprint(pid))
	return r, r.lines.Text()
}

// launchIdle starts a cluster that does nothing until its input is closed.
func launchIdle(t *testing.T, a accounting) *running {
	t.Helper()
	return launchIn(t, filepath.Join(t.TempDir(), "c"), a)
}

// launchIn is launchIdle in a directory that may have had a cluster before.
func launchIn(t *testing.T, dir string, a accounting) *running {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r, line := launch(t, dir, "run", "--dir", dir, "--accounting", string(a), "--berth", self, "--", "sh", "-c", "echo up; exec cat")
	if line != "up" {
		t.Fatalf("the command printed %q", line)
	}
	return r
}

// sh runs a script in the cluster through "cluster exec" and returns what it
// printed.
func (r *running) sh(script string) (string, error) {
	r.t.Helper()
	self, err := os.Executable()
	if err != nil {
		r.t.Fatal(err)
	}
	cmd := exec.Command(self, "exec", "--dir", r.dir, "--", "bash", "-euc", script)
	cmd.Dir = "/"
	output, err := cmd.CombinedOutput()
	return string(output), err
}

// mustSh is sh for a script that has to succeed.
func (r *running) mustSh(script string) string {
	r.t.Helper()
	output, err := r.sh(script)
	if err != nil {
		r.t.Fatalf("%s\n%v\n%s", script, err, output)
	}
	return output
}

func (r *running) kill() {
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
}

// end sends the signal and returns the exit code.
func (r *running) end(s syscall.Signal) int {
	r.t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		r.t.Fatal(err)
	}
	_ = r.cmd.Wait()
	return r.cmd.ProcessState.ExitCode()
}

// gone checks that no process, no mount and no file outside is left. The lock
// is free when the last process that could leave something has ended.
func (r *running) gone() {
	r.t.Helper()
	lock, err := os.Open(filepath.Join(r.dir, "lock"))
	if err != nil {
		r.t.Fatal(err)
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		r.t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	left := inNamespace(r.t, r.space)
	for ; len(left) > 0 && time.Now().Before(deadline); left = inNamespace(r.t, r.space) {
		time.Sleep(5 * time.Millisecond) // the kernel is still ending them
	}
	if len(left) > 0 {
		r.t.Errorf("left running: %v", left)
	}
	if mounts := read("/proc/self/mountinfo"); strings.Contains(mounts, r.dir) {
		r.t.Errorf("left mounted:\n%s", mounts)
	}
}

func namespace(t *testing.T, pid string) uint64 {
	t.Helper()
	var s unix.Stat_t
	if err := unix.Stat(filepath.Join("/proc", pid, "ns", "pid"), &s); err != nil {
		t.Fatal(err)
	}
	return s.Ino
}

// inNamespace lists the processes of a namespace, and those of namespaces made
// in it are ended with it.
func inNamespace(t *testing.T, space uint64) []string {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, p := range all {
		var s unix.Stat_t
		if unix.Stat(filepath.Join(p, "ns", "pid"), &s) == nil && s.Ino == space {
			found = append(found, filepath.Base(p)+" "+strings.TrimSpace(read(filepath.Join(p, "comm"))))
		}
	}
	return found
}
