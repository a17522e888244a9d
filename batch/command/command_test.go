package command_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/command"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func sh(script string) command.Command {
	return command.Command{Path: "/bin/sh", Args: []string{"-c", script}}
}

func runner(t *testing.T, cfg command.Config) *command.Runner {
	t.Helper()
	r, err := command.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func program(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	// No fork while the file is open for writing: "text file busy".
	syscall.ForkLock.RLock()
	err := os.WriteFile(path, []byte(text), 0o700)
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestResult(t *testing.T) {
	t.Parallel()
	r := runner(t, command.Config{Env: []string{"A=1"}})
	for _, c := range []struct {
		name string
		cmd  command.Command
		want command.Result
	}{
		{"apart", sh("echo out; echo err >&2"), command.Result{Stdout: []byte("out\n"), Stderr: []byte("err\n")}},
		{"exit code", sh("exit 7"), command.Result{ExitCode: 7}},
		{"signal", sh("kill -9 $$"), command.Result{ExitCode: -1, Signal: "killed"}},
		{"environment", command.Command{Path: "/usr/bin/env"}, command.Result{Stdout: []byte("A=1\n")}},
		{"directory", sh("pwd"), command.Result{Stdout: []byte("/\n")}},
		{"stdin", command.Command{Path: "/bin/cat", Stdin: []byte("x\x00y")}, command.Result{Stdout: []byte("x\x00y")}},
		{"no stdin", command.Command{Path: "/bin/cat"}, command.Result{}},
		{"unread stdin", command.Command{Path: "/bin/true", Stdin: make([]byte, 1<<20)}, command.Result{}},
		{
			"no shell",
			command.Command{Path: "/bin/echo", Args: []string{"$(id)", "", "a b"}},
			command.Result{Stdout: []byte("$(id)  a b\n")},
		},
	} {
		got, err := r.Run(t.Context(), c.cmd)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		got.Duration = 0
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		if got.OK() != (c.want.ExitCode == 0) {
			t.Errorf("%s: OK is %v", c.name, got.OK())
		}
	}
}

func TestCaps(t *testing.T) {
	t.Parallel()
	r := runner(t, command.Config{})
	c := sh("head -c 1000 /dev/zero")
	c.MaxStdout = 1000
	if got, err := r.Run(t.Context(), c); err != nil || len(got.Stdout) != 1000 {
		t.Errorf("at the limit: %d bytes, %v", len(got.Stdout), err)
	}
	c.MaxStdout = 999
	if _, err := r.Run(t.Context(), c); !errors.Is(err, command.ErrTruncated) || !errors.Is(err, batch.ErrUnavailable) {
		t.Errorf("over the limit: %v", err)
	}
	got, err := r.Run(t.Context(), sh("head -c 5000000 /dev/zero >&2; exit 3"))
	if err != nil || !got.StderrTruncated || len(got.Stderr) != 64<<10 || got.ExitCode != 3 {
		t.Errorf("standard error: %d bytes, truncated %v, exit %d, %v", len(got.Stderr), got.StderrTruncated, got.ExitCode, err)
	}
}

func TestNotStarted(t *testing.T) {
	t.Parallel()
	r := runner(t, command.Config{})
	for _, c := range []command.Command{
		{Path: "/nowhere/squeue"},
		{Path: "squeue"},
		{Path: "/etc"},
		{Path: "/etc/passwd"},
		{Path: "/bin/true", Args: []string{"a\x00b"}},
		{Path: program(t, "#!/nowhere/interpreter\n")},
	} {
		if _, err := r.Run(t.Context(), c); !errors.Is(err, command.ErrNotStarted) || !errors.Is(err, batch.ErrUnavailable) {
			t.Errorf("%v: %v", c, err)
		}
	}
}

// gone waits until no process of that id is left; a zombie that waits for the
// machine's first process to reap it counts as gone.
func gone(t *testing.T, pid string) {
	t.Helper()
	for {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) || bytes.Contains(stat, []byte(") Z ")) {
			return
		}
		if t.Context().Err() != nil {
			t.Fatalf("process %s is still there", pid)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// written waits until the file holds a process id.
func written(t *testing.T, file string) string {
	t.Helper()
	for {
		if pid, err := os.ReadFile(file); err == nil && bytes.HasSuffix(pid, []byte("\n")) {
			return strings.TrimSpace(string(pid))
		}
		if t.Context().Err() != nil {
			t.Fatal("the command never started")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestTheWholeGroupIsEnded(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"obedient": `sleep 600 & echo $! >"$0"; wait`,
		"stubborn": `trap '' TERM; sleep 600 & echo $! >"$0"; while :; do wait; done`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "pid")
			c := sh(script)
			c.Args = append(c.Args, file)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			failed := make(chan error)
			go func() {
				_, err := runner(t, command.Config{}).Run(ctx, c)
				failed <- err
			}()
			pid := written(t, file)
			cancel()
			if err := <-failed; !errors.Is(err, command.ErrTimeout) || !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			gone(t, pid)
		})
	}
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	c := sh("sleep 600")
	c.Timeout = 100 * time.Millisecond
	_, err := runner(t, command.Config{}).Run(t.Context(), c)
	if !errors.Is(err, command.ErrTimeout) || !errors.Is(err, batch.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestCallerGaveUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := runner(t, command.Config{}).Run(ctx, sh("sleep 600"))
	if !errors.Is(err, batch.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestOutputKeptOpen(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pid")
	c := sh(`sleep 600 & echo $! >"$0"; echo half`)
	c.Args = append(c.Args, file)
	_, err := runner(t, command.Config{}).Run(t.Context(), c)
	if !errors.Is(err, command.ErrTruncated) {
		t.Errorf("got %v", err)
	}
	pid, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := exec.CommandContext(t.Context(), "kill", strings.TrimSpace(string(pid))).Run(); err != nil {
		t.Error(err)
	}
}

// echoSudo stands in for sudo: it prints the argv that it was given, then runs
// the command with a marker in its environment.
const echoSudo = `#!/bin/sh
printf '%s\n' "$@" >&2
shift 4
exec "$@"
`

func TestSudo(t *testing.T) {
	t.Parallel()
	r := runner(t, command.Config{Sudo: program(t, echoSudo), Env: []string{"PATH=/usr/bin:/bin"}})
	got, err := r.RunAs(t.Context(), "alice", command.Command{Path: "/bin/cat", Args: []string{"-"}, Stdin: []byte("secret")})
	if err != nil || string(got.Stdout) != "secret" {
		t.Fatalf("%q, %v", got.Stdout, err)
	}
	if want := "-n\n-u\nalice\n--\n/bin/cat\n-\n"; string(got.Stderr) != want {
		t.Errorf("sudo was given %q", got.Stderr)
	}
}

func TestOwners(t *testing.T) {
	t.Parallel()
	r := runner(t, command.Config{Sudo: program(t, echoSudo)})
	for _, owner := range []string{"", "root", "-u", "Alice", "al ice", "alice\n", "a/b", "#0", "%wheel", "alice@x", strings.Repeat("a", 33)} {
		if _, err := r.RunAs(t.Context(), owner, sh("true")); !errors.Is(err, batch.ErrForbidden) {
			t.Errorf("%q: %v", owner, err)
		}
	}
	self := runner(t, command.Config{As: command.Self, Sudo: "/nowhere/sudo"})
	if _, err := self.RunAs(t.Context(), "somebody_else", sh("true")); !errors.Is(err, command.ErrForbidden) {
		t.Errorf("another owner in self mode: %v", err)
	}
}

func TestSudoRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says      string
		forbidden bool
	}{
		{"sudo: a password is required", true},
		{"sudo: unable to resolve host x: Name or service not known\nsudo: a password is required", true},
		{"sudo: unknown user alice\nsudo: error initializing audit plugin sudoers_audit", true},
		{"Sorry, user berth is not allowed to execute '/usr/bin/sbatch' as alice on head.", true},
		{`sudo: The "no new privileges" flag is set, which prevents sudo from running as root.`, true},
		{"sudo: effective uid is not 0, is /usr/bin/sudo on a file system with the 'nosuid' option set?", true},
		{"sbatch: error: invalid partition specified: a password is required", false},
		{"sudo: unable to resolve host x: Name or service not known\nsbatch: error: no", false},
	} {
		path := program(t, "#!/bin/sh\ncat <<'E' >&2\n"+c.says+"\nE\nexit 1\n")
		got, err := runner(t, command.Config{Sudo: path, Env: []string{"PATH=/usr/bin:/bin"}}).RunAs(t.Context(), "alice", sh("true"))
		if errors.Is(err, batch.ErrForbidden) != c.forbidden || got.ExitCode != 1 {
			t.Errorf("%q: exit %d, %v", c.says, got.ExitCode, err)
		}
	}
}

func TestStdinIsNeverLogged(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	r := runner(t, command.Config{Log: log})
	c := sh("exit 1")
	c.Stdin = []byte("s3cret")
	if _, err := r.Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	c.Timeout = time.Nanosecond
	_, err := r.Run(t.Context(), c)
	if err == nil || strings.Contains(err.Error()+out.String(), "s3cret") || !strings.Contains(out.String(), "exit 1") {
		t.Errorf("log %s, error %v", out.String(), err)
	}
}

// TestRealSudo needs root, for whom sudo asks nothing.
func TestRealSudo(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/usr/bin/sudo"); err != nil || os.Getuid() != 0 {
		t.Skip("needs root and /usr/bin/sudo")
	}
	r := runner(t, command.Config{Env: []string{"LC_ALL=C.UTF-8", "SLURM_CONF=/x"}})
	got, err := r.RunAs(t.Context(), "nobody", command.Command{Path: "/usr/bin/id", Args: []string{"-un"}})
	if err != nil || string(got.Stdout) != "nobody\n" {
		t.Fatalf("%q, %v, %s", got.Stdout, err, got.Stderr)
	}
	if _, err = r.RunAs(t.Context(), "no_such_user_here", sh("true")); !errors.Is(err, batch.ErrForbidden) {
		t.Errorf("unknown user: %v", err)
	}
	slow := command.Command{Path: "/bin/sleep", Args: []string{"600"}, Timeout: 300 * time.Millisecond}
	if _, err = r.RunAs(t.Context(), "nobody", slow); !errors.Is(err, command.ErrTimeout) {
		t.Errorf("slow: %v", err)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for _, cfg := range []command.Config{{As: "su"}, {Sudo: "sudo"}, {Timeout: -1}} {
		if _, err := command.New(cfg); err == nil {
			t.Errorf("%+v was accepted", cfg)
		}
	}
}
