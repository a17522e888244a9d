package slurm_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest"
	"github.com/berth-hpc/berth/batch/slurm"
)

// cluster gives the slurm.conf of the private cluster that the tests run in, as
// root; see deploy/cluster.
func cluster(t *testing.T) string {
	t.Helper()
	if os.Getenv("BERTH_TEST_SLURM") == "1" {
		return os.Getenv("SLURM_CONF")
	}
	if os.Getenv("CI") != "" {
		t.Fatal("CI is set, and BERTH_TEST_SLURM=1 is not: the tests must run in the private cluster of deploy/cluster")
	}
	t.Skip("needs a real Slurm: run the tests in the private cluster of deploy/cluster")
	return ""
}

func output(t *testing.T, argv ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%q: %v: %s", argv, err, stderr.Bytes())
	}
	return string(out)
}

var controllerPort = regexp.MustCompile(`(?m)^SlurmctldPort=\S+`)

// harness talks to the cluster through a slurm.conf of its own. With another
// port in it, the controller is away for this harness and for nobody else.
func harness(t *testing.T) batchtest.Harness {
	t.Helper()
	original, err := os.ReadFile(cluster(t))
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "slurm-conf-") //nolint:usetesting // the owners must be able to enter it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	conf := filepath.Join(dir, "slurm.conf")
	write := func(text []byte) {
		if err := os.WriteFile(conf, text, 0o644); err != nil {
			t.Error(err)
		}
	}
	write(original)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s, err := slurm.New(slurm.Config{SlurmConf: conf})
	if err != nil {
		t.Fatal(err)
	}
	return batchtest.Harness{
		Scheduler: s, Owner: "alice", Other: "bob", Queue: "cpu", GPUQueue: "gpu", GPUType: "a100",
		Hold: []string{"--hold"},
		SetDown: func(t *testing.T, down bool) {
			t.Helper()
			if !controllerPort.Match(original) {
				t.Fatal("slurm.conf names no SlurmctldPort")
			}
			if down {
				// Commands try until MessageTimeout, 10 s, is over.
				write(controllerPort.ReplaceAll(original, []byte("MessageTimeout=2\nSlurmctldPort=1")))
			} else {
				write(original)
			}
		},
		Requeue: func(t *testing.T, id batch.JobID) {
			t.Helper()
			output(t, "scontrol", "requeue", string(id))
		},
		Put: map[batch.State]func(*testing.T, batch.JobID){
			batch.Suspended: func(t *testing.T, id batch.JobID) { t.Helper(); output(t, "scontrol", "suspend", string(id)) },
			batch.Cancelled: func(t *testing.T, id batch.JobID) { t.Helper(); output(t, "scancel", string(id)) },
		},
	}
}

func TestConforms(t *testing.T) {
	t.Parallel()
	cluster(t)
	batchtest.Run(t, harness)
}

// home is a fresh folder in the owner's home, which nodes share with us.
func home(t *testing.T, owner string) string {
	t.Helper()
	fields := strings.Split(output(t, "getent", "passwd", owner), ":")
	dir := filepath.Join(fields[5], "t-"+strings.ReplaceAll(t.Name(), "/", "-"))
	output(t, "sudo", "-n", "-u", owner, "mkdir", "-p", dir)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// appears waits for a file that a job writes and moves into place.
func appears(t *testing.T, file string) string {
	t.Helper()
	for deadline := time.Now().Add(90 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if text, err := os.ReadFile(file); err == nil {
			return string(text)
		}
		if time.Now().After(deadline) {
			t.Fatalf("no job wrote %s", file)
		}
	}
}

func submit(t *testing.T, s batch.Scheduler, script batch.Script) batch.JobID {
	t.Helper()
	script.TimeLimit = batch.Duration(10 * time.Minute)
	id, err := s.Submit(t.Context(), "alice", script)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = exec.Command("scancel", string(id)).Run() })
	return id
}

// TestAgentScriptOnTheNode: the whole way of the secret, from the script to the
// agent's standard input, in the owner's own environment.
func TestAgentScriptOnTheNode(t *testing.T) {
	t.Parallel()
	h, dir := harness(t), home(t, "alice")
	agent := filepath.Join(filepath.Dir(dir), "t-agent")
	script := `trap 'echo got TERM >"$1/term.part"; mv "$1/term.part" "$1/term"; exit 5' TERM
cat >"$1/stdin"; id -un >"$1/id"; pwd >"$1/cwd"; env >"$1/env.part"; mv "$1/env.part" "$1/env"
while :; do sleep 0.1; done`
	if err := os.WriteFile(agent, []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(agent) })
	text, err := batch.RenderAgentScript(batch.AgentScript{
		Session: "k3jq", Attempt: 1, Command: []string{"/bin/bash", agent, dir},
		Hello: []byte(`{"claim":"s3cret"}`), LogDir: dir,
	})
	if err != nil {
		t.Fatal(err)
	}
	id := submit(t, h.Scheduler, batch.Script{Tag: "berth:test:agent:1", Body: text, Queue: "gpu-small", Resources: batch.Resources{GPUs: 1, GPUType: "v100"}})
	env := appears(t, filepath.Join(dir, "env"))
	for file, want := range map[string]string{"stdin": `{"claim":"s3cret"}` + "\n", "id": "alice\n", "cwd": filepath.Dir(dir) + "\n"} {
		if got := appears(t, filepath.Join(dir, file)); got != want {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
	}
	for _, want := range []string{"HOME=" + filepath.Dir(dir) + "\n", "SLURM_JOB_ID=" + string(id) + "\n", "CUDA_VISIBLE_DEVICES=", "USER=alice\n"} {
		if !strings.Contains(env, want) {
			t.Errorf("no %q in the job's environment", want)
		}
	}
	if strings.Contains(env, "s3cret") || strings.Contains(env, "SUDO_") || strings.Contains(env, "BERTH_TEST_SLURM") {
		t.Errorf("the job's environment: %s", env)
	}
	if shown := output(t, "scontrol", "-d", "show", "job", string(id)); strings.Contains(shown, "s3cret") {
		t.Errorf("the scheduler shows the secret: %s", shown)
	}
	if err := h.Scheduler.Cancel(t.Context(), "alice", id); err != nil {
		t.Fatal(err)
	}
	if got := appears(t, filepath.Join(dir, "term")); got != "got TERM\n" {
		t.Errorf("%q", got)
	}
}

// TestForeignNames: jobs with hostile names are in the queue while ours is asked
// for.
func TestForeignNames(t *testing.T) {
	t.Parallel()
	h := harness(t)
	id := submit(t, h.Scheduler, batch.Script{Tag: "berth:test:names:1", Body: []byte(batchtest.ScriptSleep), Native: []string{"--hold"}})
	for _, name := range []string{
		"x\n" + string(id) + "\x1fbob\x1fberth:test:names:1\x1fCOMPLETED\x1f", "\xff\xfe\xc3(", "a,b|c\td", strings.Repeat("n", 900), "",
	} {
		forged := strings.TrimSpace(output(t, "sudo", "-n", "-u", "bob", "sbatch", "--parsable", "--hold", "--output=/dev/null", "--job-name="+name, "--comment="+name, "--wrap=true"))
		t.Cleanup(func() { _ = exec.Command("scancel", forged).Run() })
	}
	ids := []batch.JobID{id}
	for n := range 1500 { // once by ids, once the whole queue
		ids = append(ids, batch.JobID(fmt.Sprint(2_000_000_000+n)))
	}
	for _, some := range [][]batch.JobID{ids[:2], ids} {
		jobs, err := h.Scheduler.Jobs(t.Context(), some)
		j := jobs[id]
		if err != nil || len(jobs) != 1 || j.Owner != "alice" || j.Tag != "berth:test:names:1" || j.State != batch.Held {
			t.Errorf("%d ids: %+v, %v", len(some), jobs, err)
		}
	}
}

func TestQueuesOfTheCluster(t *testing.T) {
	t.Parallel()
	queues, err := harness(t).Scheduler.Queues(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{"gpu": {"a100 8 4"}, "gpu-small": {"v100 2 2"}, "cpu": nil, "scavenge": {"a100 8 4", "v100 2 2"}}
	for name, gpus := range want {
		i := slices.IndexFunc(queues, func(q batch.Queue) bool { return q.Name == name })
		if i < 0 {
			t.Errorf("no %s in %+v", name, queues)
			continue
		}
		var got []string
		for _, g := range queues[i].GPUs {
			got = append(got, fmt.Sprint(g.Type, " ", g.Total+g.Down, " ", g.MostNode))
		}
		if !slices.Equal(got, gpus) || queues[i].Default != (name == "cpu") || queues[i].GivesWay != (name == "scavenge") {
			t.Errorf("%s: %+v", name, queues[i])
		}
	}
}
