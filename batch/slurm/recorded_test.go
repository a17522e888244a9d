package slurm

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/batch"
)

func recorded(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "22.05.8", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func recordedJobs[T ~[]column[row]](t *testing.T, columns T, name string) map[string]batch.Job {
	t.Helper()
	rows, odd, err := table[row](columns).parse(recorded(t, name), recordedSeparator)
	if err != nil || odd != nil {
		t.Fatalf("%s: %v, %v", name, odd, err)
	}
	jobs := map[string]batch.Job{}
	for _, r := range rows {
		jobs[r.job.Tag] = r.settle()
	}
	return jobs
}

// story is what a job's record says, in one line.
func story(j batch.Job) string {
	code := "-"
	if j.ExitCode != nil {
		code = fmt.Sprint(*j.ExitCode)
	}
	return fmt.Sprintf("%s %s %s exit=%s signal=%d restarts=%d nodes=%v on=%s started=%v ended=%v reason=%s",
		j.Owner, j.Queue, j.State, code, j.Signal, j.Restarts, j.Nodes, j.BatchHost, !j.StartedAt.IsZero(), !j.EndedAt.IsZero(), j.Reason)
}

func TestRecordedQueue(t *testing.T) {
	t.Parallel()
	jobs := recordedJobs(t, queueTable, "squeue.txt")
	for tag, want := range map[string]string{
		"berth:lab:aaaa:1": "alice cpu RUNNING exit=- signal=0 restarts=0 nodes=[c4] on=c4 started=true ended=false reason=",
		"berth:lab:bbbb:1": "alice cpu SPECIAL_EXIT exit=- signal=0 restarts=1 nodes=[] on= started=false ended=false reason=job requeued in held state",
		"berth:lab:cccc:1": "alice cpu FAILED exit=- signal=9 restarts=0 nodes=[c4] on=c4 started=true ended=true reason=JobLaunchFailure",
		"berth:lab:dddd:1": "alice cpu COMPLETED exit=0 signal=0 restarts=0 nodes=[c4] on=c4 started=true ended=true reason=",
		"berth:lab:eeee:1": "alice cpu HELD exit=- signal=0 restarts=0 nodes=[] on= started=false ended=false reason=JobHeldUser",
		"berth:lab:ffff:1": "alice cpu PENDING exit=- signal=0 restarts=0 nodes=[] on= started=false ended=false reason=PartitionTimeLimit",
		"berth:lab:gggg:1": "alice cpu CANCELLED exit=- signal=15 restarts=0 nodes=[c4] on=c4 started=true ended=true reason=",
		"berth:lab:hhhh:1": "alice cpu CANCELLED exit=- signal=0 restarts=0 nodes=[] on= started=false ended=true reason=JobHeldUser",
		"berth:lab:iiii:1": "alice cpu PENDING exit=- signal=0 restarts=1 nodes=[] on= started=false ended=false reason=BeginTime",
		"berth:lab:jjjj:1": "alice gpu RUNNING exit=- signal=0 restarts=0 nodes=[c1] on=c1 started=true ended=false reason=",
		"multi":            "bob gpu RUNNING exit=- signal=0 restarts=0 nodes=[c1 c2] on=c1 started=true ended=false reason=",
		"waits":            "bob gpu PENDING exit=- signal=0 restarts=0 nodes=[] on= started=false ended=false reason=Resources",
		"susp":             "bob hidden SUSPENDED exit=- signal=0 restarts=0 nodes=[c4] on=c4 started=true ended=false reason=",
		"stubborn":         "bob hidden COMPLETING exit=- signal=0 restarts=0 nodes=[c4] on=c4 started=true ended=false reason=",
		"timeout":          "bob hidden TIMEOUT exit=- signal=15 restarts=0 nodes=[c4] on=c4 started=true ended=true reason=TimeLimit",
		"dep":              "bob cpu PENDING exit=- signal=0 restarts=0 nodes=[] on= started=false ended=false reason=Dependency",
		"":                 "bob cpu RUNNING exit=- signal=0 restarts=0 nodes=[c4] on=c4 started=true ended=false reason=",
		"forged\uFFFD9999\uFFFDalice\uFFFDberth:lab:aaaa:1\uFFFDCOMPLETED\uFFFD\uFFFDx": "bob cpu RUNNING exit=- signal=0 restarts=0 nodes=[c4] on=c4 started=true ended=false reason=",
	} {
		if diff := cmp.Diff(want, story(jobs[tag])); diff != "" {
			t.Errorf("%q: %s", tag, diff)
		}
	}
	if limit := jobs["berth:lab:ffff:1"].TimeLimit.String(); limit != "4d" {
		t.Errorf("time limit %s", limit)
	}
	if jobs["berth:lab:iiii:1"].SubmittedAt.IsZero() || jobs["begin"].EstimatedStart.IsZero() {
		t.Error("times are missing")
	}
}

func TestRecordedAccounting(t *testing.T) {
	t.Parallel()
	jobs := recordedJobs(t, accountTable, "sacct.txt")
	for tag, want := range map[string]string{
		"ok":                     "alice cpu COMPLETED exit=0 signal=0 restarts=0 nodes=[c4] on= started=true ended=true reason=",
		"exit3":                  "alice cpu FAILED exit=3 signal=0 restarts=0 nodes=[c4] on= started=true ended=true reason=",
		"kill9":                  "alice cpu FAILED exit=- signal=9 restarts=0 nodes=[c4] on= started=true ended=true reason=",
		"evil\uFFFDname\uFFFD|?": "alice cpu COMPLETED exit=0 signal=0 restarts=0 nodes=[c4] on= started=true ended=true reason=",
		"grp":                    "alice cpu PENDING exit=- signal=0 restarts=0 nodes=[] on= started=false ended=false reason=None",
	} {
		if diff := cmp.Diff(want, story(jobs[tag])); diff != "" {
			t.Errorf("%q: %s", tag, diff)
		}
	}
	if j := jobs["exit3"]; j.Account != "phys" || j.QOS != "normal" || j.TimeLimit.String() != "10m" {
		t.Errorf("%+v", j)
	}
}

func TestRecordedEnds(t *testing.T) {
	t.Parallel()
	jobs := recordedJobs(t, accountTable, "sacct-ends.txt")
	for tag, want := range map[string]string{
		"ok":       "alice cpu COMPLETED exit=0 signal=0 restarts=0 nodes=[c4] on= started=true ended=true reason=",
		"exit3":    "alice cpu FAILED exit=3 signal=0 restarts=0 nodes=[c4] on= started=true ended=true reason=",
		"kill9":    "alice cpu FAILED exit=- signal=9 restarts=0 nodes=[c4] on= started=true ended=true reason=",
		"owner":    "alice cpu CANCELLED exit=- signal=0 restarts=0 nodes=[c4] on= started=true ended=true reason=",
		"timeout":  "alice cpu TIMEOUT exit=- signal=0 restarts=0 nodes=[c4] on= started=true ended=true reason=",
		"nodefail": "alice gpu-small NODE_FAIL exit=- signal=0 restarts=0 nodes=[c3] on= started=true ended=true reason=",
		"oom":      "alice cpu OUT_OF_MEMORY exit=- signal=0 restarts=0 nodes=[c4] on= started=true ended=true reason=",
		"running":  "alice cpu RUNNING exit=- signal=0 restarts=0 nodes=[c4] on= started=true ended=false reason=",
	} {
		if diff := cmp.Diff(want, story(jobs[tag])); diff != "" {
			t.Errorf("%q: %s", tag, diff)
		}
	}
	for tag, want := range map[string]string{"owner": "2001", "root": "0", "nobody": "64030", "timeout": "", "ok": ""} {
		if got := jobs[tag].CancelledBy; got != want {
			t.Errorf("%s was cancelled by %q, want %q", tag, got, want)
		}
	}
}

func TestRecordedQueues(t *testing.T) {
	t.Parallel()
	nodes, odd, err := nodeTable.parse(recorded(t, "sinfo.txt"), recordedSeparator)
	if err != nil || odd != nil {
		t.Fatal(odd, err)
	}
	partitions, err := parsePartitions(recorded(t, "partition.txt"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]batch.Queue{}
	for _, q := range fill(partitions, nodes) {
		got[q.Name] = q
	}
	hours := func(n int) batch.Duration { return batch.Duration(n) * 3600e9 }
	want := map[string]batch.Queue{
		"gpu": { // c1 runs 3 GPUs and one more job, c2 one job without
			Name: "gpu", Up: true, State: "UP", GivesWay: true, DefaultTime: hours(1), MaxTime: hours(24), Nodes: 2, NodesUp: 2, CPUs: 16, FreeCPUs: 13,
			NodeCPUs: 8, NodeMemory: 16 * batch.GiB, FreeMemory: 15872 * batch.MiB, TotalMemory: 32 * batch.GiB,
			GPUs: []batch.GPU{{Type: "a100", Total: 8, Free: 5, MostNode: 4}},
		},
		"gpu-small": { // c3 is drained
			Name: "gpu-small", Up: true, State: "UP", GivesWay: true, DefaultTime: hours(1), MaxTime: hours(4), Nodes: 1,
			NodeCPUs: 8, NodeMemory: 16 * batch.GiB, GPUs: []batch.GPU{{Type: "v100", MostNode: 2, Down: 2}},
		},
		"vip": {
			Name: "vip", Up: true, State: "UP", AllowGroups: []string{"vip"}, Nodes: 4, NodesUp: 3, CPUs: 24, FreeCPUs: 15,
			NodeCPUs: 8, NodeMemory: 16 * batch.GiB, FreeMemory: 15872 * batch.MiB, TotalMemory: 48 * batch.GiB,
			GPUs: []batch.GPU{{Type: "a100", Total: 8, Free: 5, MostNode: 4}, {Type: "v100", MostNode: 2, Down: 2}},
		},
		"acct": {
			Name: "acct", Up: true, State: "UP", GivesWay: true, MaxTime: hours(1), AllowAccounts: []string{"phys", "chem"}, DenyQOS: []string{"long"},
			Nodes: 1, NodesUp: 1, CPUs: 8, FreeCPUs: 2, NodeCPUs: 8, NodeMemory: 16 * batch.GiB, FreeMemory: 11824 * batch.MiB, TotalMemory: 16 * batch.GiB,
		},
		"downp": {
			Name: "downp", State: "DOWN", GivesWay: true, MaxTime: hours(1),
			Nodes: 1, NodesUp: 1, CPUs: 8, FreeCPUs: 2, NodeCPUs: 8, NodeMemory: 16 * batch.GiB, FreeMemory: 11824 * batch.MiB, TotalMemory: 16 * batch.GiB,
		},
		"cpu": {
			Name: "cpu", Default: true, Up: true, State: "UP", GivesWay: true, DefaultTime: hours(1), MaxTime: hours(48),
			Nodes: 1, NodesUp: 1, CPUs: 8, FreeCPUs: 2, NodeCPUs: 8, NodeMemory: 16 * batch.GiB, FreeMemory: 11824 * batch.MiB, TotalMemory: 16 * batch.GiB,
		},
		"empty": {Name: "empty", Up: true, State: "UP", MaxTime: hours(1)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
