package pbs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/command"
)

func recorded(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "23.06.06", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// story is a job in one line.
func story(j batch.Job) string {
	exit := "-"
	if j.ExitCode != nil {
		exit = strconv.Itoa(*j.ExitCode)
	}
	return fmt.Sprintf("%s %s %s exit=%s signal=%d restarts=%d nodes=%v on=%s started=%v ended=%v by=%s reason=%s",
		j.Owner, j.Queue, j.State, exit, j.Signal, j.Restarts, j.Nodes, j.BatchHost,
		!j.StartedAt.IsZero(), !j.EndedAt.IsZero(), j.CancelledBy, j.Reason)
}

func TestRecordedJobs(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]map[string]string{
		"live.dsv": {
			"held":   "alice workq HELD exit=- signal=0 restarts=0 nodes=[] on= started=false ended=false by= reason=JobHeldUser",
			"heldop": "alice paused HELD exit=- signal=0 restarts=0 nodes=[] on= started=false ended=false by= reason=JobHeldAdmin",
			"waits":  "alice workq PENDING exit=- signal=0 restarts=0 nodes=[] on= started=false ended=false by= reason=BeginTime",
			"paused": "alice paused PENDING exit=- signal=0 restarts=0 nodes=[] on= started=false ended=false by= reason=Not Running: Queue not started.",
			"run":    "alice gpu RUNNING exit=- signal=0 restarts=1 nodes=[gn01] on=gn01 started=true ended=false by= reason=",
			"two":    "alice workq RUNNING exit=- signal=0 restarts=1 nodes=[gn01 gn02] on=gn01 started=true ended=false by= reason=",
			"susp":   "alice workq SUSPENDED exit=- signal=0 restarts=0 nodes=[cn01] on=cn01 started=true ended=false by= reason=",
			"arr":    "alice workq RUNNING exit=- signal=0 restarts=0 nodes=[] on= started=true ended=false by= reason=",
			"rerun":  "alice workq RUNNING exit=- signal=0 restarts=1 nodes=[cn01] on=cn01 started=true ended=false by= reason=",
			"never":  "alice workq PENDING exit=- signal=0 restarts=0 nodes=[] on= started=false ended=false by= reason=Can Never Run: Insufficient amount of resource: ncpus (R: 500 A: 40 T: 40)",
			"big":    "alice workq PENDING exit=- signal=0 restarts=0 nodes=[] on= started=false ended=false by= reason=Not Running: Insufficient amount of resource: ngpus (R: 6 A: 5 T: 8)",
			"inj":    "alice workq HELD exit=- signal=0 restarts=0 nodes=[] on= started=false ended=false by= reason=JobHeldUser",
			"estate": "alice workq COMPLETING exit=- signal=0 restarts=0 nodes=[cn01] on=cn01 started=true ended=false by= reason=",
		},
		"finished.dsv": {
			"ok":       "alice workq COMPLETED exit=0 signal=0 restarts=0 nodes=[cn01] on=cn01 started=true ended=true by= reason=",
			"rc256":    "alice workq COMPLETED exit=0 signal=0 restarts=0 nodes=[cn01] on=cn01 started=true ended=true by= reason=",
			"rc3":      "alice workq FAILED exit=3 signal=0 restarts=0 nodes=[cn01] on=cn01 started=true ended=true by= reason=",
			"segv":     "alice workq FAILED exit=- signal=11 restarts=0 nodes=[cn01] on=cn01 started=true ended=true by= reason=",
			"selfkill": "alice workq FAILED exit=- signal=9 restarts=0 nodes=[cn01] on=cn01 started=true ended=true by= reason=",
			"noexec":   "alice workq FAILED exit=254 signal=0 restarts=0 nodes=[cn01] on=cn01 started=true ended=true by= reason=",
			"wt":       "alice workq TIMEOUT exit=- signal=0 restarts=0 nodes=[cn01] on=cn01 started=true ended=true by= reason=",
			"qdelrun":  "alice workq CANCELLED exit=- signal=15 restarts=0 nodes=[cn01] on=cn01 started=true ended=true by=root reason=",
			"qdelq":    "alice paused CANCELLED exit=- signal=0 restarts=0 nodes=[] on= started=false ended=true by= reason=",
			"dep":      "alice workq FAILED exit=- signal=0 restarts=0 nodes=[] on= started=false ended=true by= reason=it was never started",
			"norerun":  "alice workq NODE_FAIL exit=- signal=0 restarts=0 nodes=[gn01] on=gn01 started=true ended=true by= reason=PBS on the node was restarted",
		},
	} {
		rows, odd, err := parseJobs(recorded(t, file))
		if err != nil || odd != nil {
			t.Fatal(odd, err)
		}
		got := map[string]string{}
		for _, r := range rows {
			j := r.settle()
			got[j.Tag] = story(j)
			if !idPattern.MatchString(string(j.ID)) || j.SubmittedAt.Year() != 2026 || j.Native == "" {
				t.Errorf("%+v", j)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
	}
}

func TestRecordedQueues(t *testing.T) {
	t.Parallel()
	s, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	records, err := parseRecords(recorded(t, "queues.dsv"), "Queue", nil)
	if err != nil {
		t.Fatal(err)
	}
	sv := server{defaultQueue: "workq"}
	queues := func(file string) map[string]batch.Queue {
		nodes, err := parseNodes(recorded(t, file))
		if err != nil {
			t.Fatal(err)
		}
		return s.fill(sv, records, nodes).filled
	}
	hour := batch.Duration(time.Hour)
	offline := queues("nodes.json") // gn02 is offline, two GPUs of gn01 are taken
	want := batch.Queue{
		Name: "gpu", Up: true, State: "enabled, started", DefaultTime: hour, MaxTime: 24 * hour,
		Nodes: 3, NodesUp: 2, CPUs: 24, NodeCPUs: 16, NodeMemory: 64 * batch.GiB, TotalMemory: 80 * batch.GiB,
		FreeCPUs: 3 + 13, FreeMemory: 63 * batch.GiB,
		GPUs: []batch.GPU{{Type: "a100", Total: 4, Free: 2, MostNode: 4, Down: 4}},
	}
	if diff := cmp.Diff(want, offline["gpu"]); diff != "" {
		t.Error(diff)
	}
	if q := offline["small"]; q.NodeCPUs != 2 || q.MaxTime != hour/6 {
		t.Errorf("small: %+v", q)
	}
	if offline["paused"].Up || offline["closed"].Up || !offline["workq"].Default {
		t.Errorf("%+v", offline)
	}
	owned := queues("nodes-queue.json") // gn02 belongs to gpu
	if q := owned["gpu"]; q.Nodes != 1 || len(q.GPUs) != 1 || q.GPUs[0].MostNode != 4 {
		t.Errorf("a queue with a node of its own: %+v", q)
	}
	if q := owned["workq"]; q.Nodes != 2 {
		t.Errorf("a queue without: %+v", q)
	}
}

func TestRecordedServer(t *testing.T) {
	t.Parallel()
	records, err := parseRecords(recorded(t, "server.dsv"), "Server", nil)
	if err != nil || len(records) != 1 {
		t.Fatal(records, err)
	}
	f := records[0].fields
	if f["default_queue"] != "workq" || !isTrue(f["query_other_jobs"]) || !isTrue(f["job_history_enable"]) {
		t.Errorf("%v", f)
	}
}

// TestRecordedRefusals: what qsub has said, and what is made of it.
func TestRecordedRefusals(t *testing.T) {
	t.Parallel()
	s, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"unknown queue": "queue", "queue disabled": "queue", "user not in the queue's list": "queue",
		"over resources_max or under resources_min": "", "over max_queued": "", "over max_queued_res.ngpus": "gpus",
		"unknown resource in select": "", "unknown resource": "", "bad number of CPUs": "cpus", "bad amount of memory": "memory",
		"bad walltime": "time_limit", "bad project": "account", "bad option": "", "carriage return in the script": "",
	}
	seen := 0
	for _, part := range strings.Split(string(recorded(t, "qsub-errors.txt")), "== ")[1:] {
		lines := strings.SplitN(part, "\n", 3)
		exit, err := strconv.Atoi(lines[1])
		if err != nil {
			t.Fatal(err)
		}
		got := s.refused(command.Result{ExitCode: exit, Stderr: []byte(lines[2])})
		field, refused := want[lines[0]]
		var no *batch.Rejected
		switch {
		case refused && (!errors.As(got, &no) || no.Field != field || no.Reason == "" || errors.Is(got, batch.ErrUnavailable)):
			t.Errorf("%s: %v", lines[0], got)
		case lines[0] == "root, or -u somebody else" && !errors.Is(got, batch.ErrForbidden):
			t.Errorf("%s: %v", lines[0], got)
		case !refused && lines[0] != "root, or -u somebody else" && (!errors.Is(got, batch.ErrUnavailable) || errors.As(got, &no)):
			t.Errorf("%s: %v", lines[0], got)
		}
		seen++
	}
	if seen != 19 {
		t.Errorf("%d cases", seen)
	}
}
