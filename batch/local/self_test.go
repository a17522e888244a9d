package local_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest"
	"github.com/berth-hpc/berth/batch/command"
	"github.com/berth-hpc/berth/batch/local"
)

// plain makes the test run as somebody who is not root: nothing is run for root.
// As root, the test is run again, as nobody, and false is returned.
func plain(t *testing.T) bool {
	t.Helper()
	if os.Getuid() != 0 {
		return true
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Skip(err)
	}
	uid, _ := strconv.ParseUint(nobody.Uid, 10, 32)
	gid, _ := strconv.ParseUint(nobody.Gid, 10, 32)
	binary := public(t)
	cmd := exec.CommandContext(t.Context(), binary, "-test.run=^"+t.Name()+"$", "-test.v=true", "-test.timeout=120s")
	cmd.Dir = filepath.Dir(binary)
	cmd.Env = append(os.Environ(), "HOME="+cmd.Dir, "TMPDIR="+cmd.Dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	if err := os.Chown(cmd.Dir, int(uid), int(gid)); err != nil {
		t.Fatal(err)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
	return false
}

// public copies this program to where every user can run it.
func public(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "local-test-") //nolint:usetesting // other users must be able to enter it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	binary := filepath.Join(dir, "local.test")
	// Copied by another program: a file that this one has open for writing cannot be
	// run for as long as some child of a parallel test has inherited it.
	if out, err := exec.Command("cp", fmt.Sprintf("/proc/%d/exe", os.Getpid()), binary).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return binary
}

func me(t *testing.T) string {
	t.Helper()
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	return u.Username
}

// machine is a small one, with two pretend GPUs, whose jobs are our own.
func machine(t *testing.T) local.Config {
	t.Helper()
	dir := t.TempDir()
	return local.Config{
		Dir: filepath.Join(dir, "state"), RunDir: filepath.Join(dir, "run"), SubmitAs: command.Self,
		Helper: helper(os.Args[0]),
		CPUs:   64, Memory: 64 * batch.GiB, Grace: batch.Duration(time.Second),
		GPUs: []local.GPU{{Index: "0", Type: "a100"}, {Index: "1", Type: "a100"}},
	}
}

// helper is the built berth where there is one, which starts faster than a test
// binary does, or else the program itself.
func helper(self string) []string {
	if dir := os.Getenv("BERTH_TEST_BIN"); dir != "" {
		self = filepath.Join(dir, "berth")
	}
	return []string{self, "local-run"}
}

// open starts a scheduler that runs until the test ends.
func open(t *testing.T, cfg local.Config) *local.Scheduler {
	t.Helper()
	s, stop := begin(t, cfg)
	t.Cleanup(func() {
		idle(t, s)
		stop()
	})
	return s
}

// idle waits until nothing holds resources, so that directories can be removed.
func idle(t *testing.T, s *local.Scheduler) {
	t.Helper()
	until(t, "the machine is idle", func() bool {
		queues, err := s.Queues(context.Background()) // the test's own context is over
		if err != nil {
			t.Fatal(err)
		}
		return queues[0].FreeCPUs == queues[0].CPUs
	})
}

// until looks until it is so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func begin(t *testing.T, cfg local.Config) (*local.Scheduler, func()) {
	t.Helper()
	s, err := local.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	return s, func() {
		cancel()
		<-done
	}
}

func TestConformsAsOneself(t *testing.T) {
	t.Parallel()
	if !plain(t) {
		return
	}
	batchtest.Run(t, func(t *testing.T) batchtest.Harness { return harness(t, machine(t), me(t), "") })
}

func harness(t *testing.T, cfg local.Config, owner, other string) batchtest.Harness {
	t.Helper()
	s := open(t, cfg)
	return batchtest.Harness{
		Scheduler: s, Owner: owner, Other: other, Queue: "local", GPUQueue: "local", GPUType: "a100",
		Hold: []string{"--hold"},
		SetDown: func(t *testing.T, down bool) {
			t.Helper()
			from, to := cfg.Dir, cfg.Dir+".away"
			if !down {
				from, to = to, from
			}
			if err := os.Rename(from, to); err != nil {
				t.Fatal(err)
			}
		},
	}
}
