package local_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/local"
)

// ours is what the tests below need: a machine of our own, and a folder.
func ours(t *testing.T) (local.Config, string, bool) {
	t.Helper()
	if !plain(t) {
		return local.Config{}, "", false
	}
	return machine(t), t.TempDir(), true
}

var serial = make(chan int, 1)

func init() { serial <- 0 }

func script(body string) batch.Script {
	n := <-serial
	serial <- n + 1
	return batch.Script{
		Tag: fmt.Sprintf("berth:test:life%d:1", n), Body: []byte("#!/bin/bash\n" + body + "\n"), WorkDir: "/",
		Resources: batch.Resources{CPUs: 1, Memory: batch.GiB}, TimeLimit: batch.Duration(time.Minute),
	}
}

func submit(t *testing.T, s *local.Scheduler, sc batch.Script) batch.JobID {
	t.Helper()
	id, err := s.Submit(t.Context(), me(t), sc)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func job(t *testing.T, s *local.Scheduler, id batch.JobID) batch.Job {
	t.Helper()
	jobs, err := s.Jobs(t.Context(), []batch.JobID{id})
	if err != nil {
		t.Fatal(err)
	}
	return jobs[id]
}

func over(t *testing.T, s *local.Scheduler, id batch.JobID) batch.Job {
	t.Helper()
	until(t, fmt.Sprintf("job %s has ended", id), func() bool { return job(t, s, id).State.Phase() == batch.PhaseFinished })
	return job(t, s, id)
}

func appears(t *testing.T, file string) string {
	t.Helper()
	until(t, file, func() bool { text, err := os.ReadFile(file); return err == nil && len(text) > 0 })
	text, _ := os.ReadFile(file)
	return strings.TrimSpace(string(text))
}

func alive(t *testing.T, pid string) bool {
	t.Helper()
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	return syscall.Kill(n, 0) == nil
}

// TestOutlivesGateway: a job goes on without the gateway, ends without it, and the
// next one knows how.
func TestOutlivesGateway(t *testing.T) {
	t.Parallel()
	cfg, dir, ok := ours(t)
	if !ok {
		return
	}
	s, stop := begin(t, cfg)
	id := submit(t, s, script(`echo $$ >`+dir+`/pid; while [ ! -e `+dir+`/go ]; do sleep 0.05; done; exit 7`))
	pid := appears(t, filepath.Join(dir, "pid"))
	until(t, "running", func() bool { return job(t, s, id).State == batch.Running })
	stop()
	if !alive(t, pid) {
		t.Fatal("the job ended with the gateway")
	}
	s = open(t, cfg)
	if j := job(t, s, id); j.State != batch.Running || j.Owner != me(t) {
		t.Fatalf("found again as %+v", j)
	}
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if j := over(t, s, id); j.State != batch.Failed || j.ExitCode == nil || *j.ExitCode != 7 {
		t.Errorf("ended as %+v", j)
	}
	again, err := local.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if next := submit(t, again, script("true")); next == id {
		t.Error("an id was given twice")
	}
}

// TestStartedOnce: two gateways on one directory, jobs that come through both.
func TestStartedOnce(t *testing.T) {
	t.Parallel()
	cfg, dir, ok := ours(t)
	if !ok {
		return
	}
	a, b := open(t, cfg), open(t, cfg)
	var ids []batch.JobID
	for i := range 12 {
		ids = append(ids, submit(t, []*local.Scheduler{a, b}[i%2], script(`echo x >>`+dir+`/$LOCAL_JOB_ID`)))
	}
	for _, id := range ids {
		if j := over(t, a, id); j.State != batch.Completed {
			t.Errorf("%s: %+v", id, j)
		}
		if text, err := os.ReadFile(filepath.Join(dir, string(id))); err != nil || string(text) != "x\n" {
			t.Errorf("%s ran: %q, %v", id, text, err)
		}
		if j := job(t, b, id); j.State != batch.Completed {
			t.Errorf("the other sees %+v", j)
		}
	}
}

// TestGPUsByIndex: each job sees its own devices and no others.
func TestGPUsByIndex(t *testing.T) {
	t.Parallel()
	cfg, dir, ok := ours(t)
	if !ok {
		return
	}
	s := open(t, cfg)
	say := `echo "[$CUDA_VISIBLE_DEVICES] $CUDA_DEVICE_ORDER" >` + dir + `/%s.part; mv ` + dir + `/%[1]s.part ` + dir + `/%[1]s; sleep 600`
	var ids []batch.JobID
	ask := func(name string, gpus int) {
		sc := script(fmt.Sprintf(say, name))
		sc.Resources.GPUs = gpus
		ids = append(ids, submit(t, s, sc))
	}
	ask("first", 1)
	ask("second", 1)
	ask("none", 0)
	for name, want := range map[string]string{"first": "[0] PCI_BUS_ID", "second": "[1] PCI_BUS_ID", "none": "[] PCI_BUS_ID"} {
		if got := appears(t, filepath.Join(dir, name)); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	ask("third", 1)
	until(t, "it waits", func() bool { j := job(t, s, ids[3]); return j.State == batch.Pending && j.Reason == "Resources" })
	if j := job(t, s, ids[3]); j.EstimatedStart.IsZero() {
		t.Errorf("no estimate: %+v", j)
	}
	if err := s.Cancel(t.Context(), me(t), ids[1]); err != nil {
		t.Fatal(err)
	}
	if got := appears(t, filepath.Join(dir, "third")); got != "[1] PCI_BUS_ID" {
		t.Errorf("after the second's end: %q", got)
	}
	for _, id := range ids {
		if err := s.Cancel(t.Context(), me(t), id); err != nil {
			t.Error(err)
		}
	}
}

// stubborn ignores SIGTERM, and has a child in a session of its own that does too.
const stubborn = `trap '' TERM HUP
setsid bash -c 'trap "" TERM HUP; echo $$ >%[1]s/child; while :; do sleep 1; done' &
echo $$ >%[1]s/main
while :; do sleep 1; done`

// TestTimeLimit: at its limit a job ends whole, whatever it does about it.
func TestTimeLimit(t *testing.T) {
	t.Parallel()
	cfg, dir, ok := ours(t)
	if !ok {
		return
	}
	s := open(t, cfg)
	sc := script(fmt.Sprintf(stubborn, dir))
	sc.TimeLimit = batch.Duration(time.Second)
	id := submit(t, s, sc)
	main, child := appears(t, filepath.Join(dir, "main")), appears(t, filepath.Join(dir, "child"))
	j := over(t, s, id)
	if j.State != batch.Timeout || j.Signal != int(syscall.SIGKILL) || j.ExitCode != nil {
		t.Errorf("%+v", j)
	}
	if alive(t, main) || alive(t, child) {
		t.Error("something of the job is left")
	}
}

// TestMemory: a job over its share ends, and says so.
func TestMemory(t *testing.T) {
	t.Parallel()
	cfg, _, ok := ours(t)
	if !ok {
		return
	}
	s := open(t, cfg)
	sc := script(`head -c 200M /dev/zero | tail -c 150M | sleep 600`)
	sc.Resources.Memory = 50 * batch.MiB
	if j := over(t, s, submit(t, s, sc)); j.State != batch.OutOfMemory {
		t.Errorf("%+v", j)
	}
}

// TestSupervisorKilled: its owner, or the kernel, can kill a supervisor. The job
// goes with it, and that is what is said.
func TestSupervisorKilled(t *testing.T) {
	t.Parallel()
	cfg, dir, ok := ours(t)
	if !ok {
		return
	}
	s := open(t, cfg)
	id := submit(t, s, script(`echo $$ $PPID >`+dir+`/pids.part; mv `+dir+`/pids.part `+dir+`/pids; sleep 600 & exec sleep 600`))
	pids := strings.Fields(appears(t, filepath.Join(dir, "pids")))
	until(t, "running", func() bool { return job(t, s, id).State == batch.Running })
	supervisor, _ := strconv.Atoi(pids[1])
	if err := syscall.Kill(supervisor, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if j := over(t, s, id); j.State != batch.Failed || j.Signal != int(syscall.SIGKILL) {
		t.Errorf("%+v", j)
	}
	until(t, "the script is gone", func() bool { return !alive(t, pids[0]) })
}

// TestSecret: the script is nowhere that others can read, and gone at the end.
func TestSecret(t *testing.T) {
	t.Parallel()
	cfg, dir, ok := ours(t)
	if !ok {
		return
	}
	s := open(t, cfg)
	sc := script(`secret=sesame-open; tr '\0' ' ' </proc/$PPID/cmdline >` + dir + `/seen; env >>` + dir + `/seen; exit 3`)
	held := sc
	held.Native = []string{"--hold"}
	waiting := submit(t, s, held)
	id := submit(t, s, sc)
	if j := over(t, s, id); j.ExitCode == nil || *j.ExitCode != 3 {
		t.Errorf("%+v", j)
	}
	if seen := appears(t, filepath.Join(dir, "seen")); strings.Contains(seen, "sesame") || !strings.Contains(seen, "LOCAL_JOB_ID="+string(id)) {
		t.Errorf("seen: %s", seen)
	}
	if err := s.Cancel(t.Context(), me(t), waiting); err != nil {
		t.Fatal(err)
	}
	for _, root := range []string{cfg.Dir, cfg.RunDir} {
		err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			if text, err := os.ReadFile(path); err == nil && strings.Contains(string(text), "sesame") {
				t.Errorf("%s still has the script", path)
			}
			if info, err := d.Info(); err == nil && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s may be read by others: %s", path, info.Mode())
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestWrap: a site's launcher comes first, and is told the job's share.
func TestWrap(t *testing.T) {
	t.Parallel()
	cfg, dir, ok := ours(t)
	if !ok {
		return
	}
	launcher := filepath.Join(dir, "launch")
	if err := os.WriteFile(launcher, []byte("#!/bin/sh\necho \"$1 $2\" >"+dir+"/share\nshift 2\nexec \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	cfg.Wrap = []string{launcher, "${JOB}", "MemoryMax=${MEMORY},CPUQuota=${CPU_PERCENT}%"}
	s := open(t, cfg)
	sc := script("exit 4")
	sc.Resources = batch.Resources{CPUs: 2, Memory: 1 << 30}
	id := submit(t, s, sc)
	if j := over(t, s, id); j.ExitCode == nil || *j.ExitCode != 4 {
		t.Errorf("%+v", j)
	}
	if got := appears(t, filepath.Join(dir, "share")); got != string(id)+" MemoryMax=1073741824,CPUQuota=200%" {
		t.Errorf("%q", got)
	}
	broken := cfg
	broken.Dir, broken.Wrap = filepath.Join(dir, "other"), []string{"/bin/sh", "-c", "echo no scope for you >&2; exit 1"}
	s = open(t, broken)
	if j := over(t, s, submit(t, s, script("true"))); j.State != batch.LaunchFailed || !strings.Contains(j.Reason, "no scope for you") || !j.StartedAt.IsZero() {
		t.Errorf("a launcher that fails: %+v", j)
	}
}

// TestDrain: the machine is left as it was found.
func TestDrain(t *testing.T) {
	t.Parallel()
	cfg, dir, ok := ours(t)
	if !ok {
		return
	}
	s, stop := begin(t, cfg)
	ids := []batch.JobID{submit(t, s, script(`echo $$ >`+dir+`/pid; exec sleep 600`)), submit(t, s, script(fmt.Sprintf(stubborn, dir)))}
	pid, child := appears(t, filepath.Join(dir, "pid")), appears(t, filepath.Join(dir, "child"))
	stop()
	again, err := local.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if j := job(t, again, id); j.State != batch.Cancelled || j.CancelledBy != me(t) {
			t.Errorf("%+v", j)
		}
	}
	if alive(t, pid) || alive(t, child) {
		t.Error("something is left")
	}
}
