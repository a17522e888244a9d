package slurm_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest"
	"github.com/berth-hpc/berth/batch/slurm"
)

// accounting tells whether the private cluster keeps accounts.
func accounting() bool { return os.Getenv("BERTH_TEST_SLURM_ACCOUNTING") == "1" }

func needAccounting(t *testing.T) {
	t.Helper()
	cluster(t)
	if !accounting() {
		t.Skip("this cluster keeps no accounts (cluster run --accounting=on)")
	}
}

// TestHistoryIsKeptOrNot: the suite takes "no history" for an answer, so this
// test knows which answer is right here.
func TestHistoryIsKeptOrNot(t *testing.T) {
	t.Parallel()
	s := reached(t)
	_, err := s.Finished(t.Context(), []batch.JobID{"1"})
	if accounting() && err != nil {
		t.Error(err)
	}
	if !accounting() && !errors.Is(err, batch.ErrNoHistory) {
		t.Errorf("there are no accounts, but: %v", err)
	}
}

func reached(t *testing.T) *slurm.Scheduler {
	t.Helper()
	s, err := slurm.New(slurm.Config{SlurmConf: cluster(t)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// until looks again and again, as a poll does.
func until(t *testing.T, what string, right func() bool) {
	t.Helper()
	for deadline := time.Now().Add(90 * time.Second); !right(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never came: %s", what)
		}
	}
}

func running(t *testing.T, s *slurm.Scheduler, id batch.JobID) (j batch.Job) {
	t.Helper()
	until(t, "job "+string(id)+" runs", func() bool {
		jobs, err := s.Jobs(t.Context(), []batch.JobID{id})
		j = jobs[id]
		return err == nil && j.State == batch.Running
	})
	return j
}

// record is what accounting has of the job's end.
func record(t *testing.T, s *slurm.Scheduler, id batch.JobID) (j batch.Job) {
	t.Helper()
	until(t, "job "+string(id)+" in the history", func() bool {
		jobs, err := s.Finished(t.Context(), []batch.JobID{id})
		if err != nil {
			t.Fatal(err)
		}
		j = jobs[id]
		return j.Tag != ""
	})
	return j
}

// TestEndsInHistory: when the queue has forgotten a job, accounting still says
// how it ended.
func TestEndsInHistory(t *testing.T) {
	t.Parallel()
	needAccounting(t)
	type end struct {
		State       batch.State
		Code        int // -1: none
		Signal      int
		CancelledBy string
		Started     bool
	}
	for name, c := range map[string]struct {
		body   string
		native []string
		queue  string
		bring  func(t *testing.T, s *slurm.Scheduler, j batch.Job) // once it runs
		want   end
	}{
		"exit code": {body: batchtest.ScriptFail, want: end{State: batch.Failed, Code: 7, Started: true}},
		"signal":    {body: batchtest.ScriptKill, want: end{State: batch.Failed, Code: -1, Signal: 9, Started: true}},
		"cancelled by the owner": {bring: func(t *testing.T, s *slurm.Scheduler, j batch.Job) {
			if err := s.Cancel(t.Context(), "alice", j.ID); err != nil {
				t.Error(err)
			}
		}, want: end{State: batch.Cancelled, CancelledBy: "alice", Code: -1, Started: true}},
		"cancelled by root": {bring: func(t *testing.T, _ *slurm.Scheduler, j batch.Job) {
			output(t, "scancel", string(j.ID))
		}, want: end{State: batch.Cancelled, CancelledBy: "root", Code: -1, Started: true}},
		// The controller looks for jobs whose time is over every 30 s.
		"time limit": {bring: func(t *testing.T, _ *slurm.Scheduler, j batch.Job) {
			output(t, "scontrol", "update", "jobid="+string(j.ID), "EndTime=now+1")
		}, want: end{State: batch.Timeout, Code: -1, Started: true}},
		// Alone on the node, so that nobody else's job fails with it. A node that
		// answers comes back by itself (ReturnToService=2).
		"node failure": {queue: "gpu-small", native: []string{"--no-requeue", "--exclusive"}, bring: func(t *testing.T, _ *slurm.Scheduler, j batch.Job) {
			t.Cleanup(func() { _ = exec.Command("scontrol", "update", "nodename="+j.NodeList, "state=resume").Run() })
			output(t, "scontrol", "update", "nodename="+j.NodeList, "state=down", "reason=test")
		}, want: end{State: batch.NodeFail, Code: -1, Started: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := reached(t)
			script := batch.Script{
				Tag: "berth:test:" + strings.ReplaceAll(name, " ", "-") + ":1", Body: []byte(batchtest.ScriptSleep),
				Queue: "cpu", Native: c.native,
			}
			if c.body != "" {
				script.Body = []byte(c.body)
			}
			if c.queue != "" {
				script.Queue = c.queue
			}
			id := submit(t, s, script)
			if c.bring != nil {
				c.bring(t, s, running(t, s, id))
			}
			j := record(t, s, id)
			got := end{State: j.State, Code: -1, Signal: j.Signal, CancelledBy: j.CancelledBy, Started: !j.StartedAt.IsZero()}
			if j.ExitCode != nil {
				got.Code = *j.ExitCode
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s: %s", j.Native, diff)
			}
			if j.Owner != "alice" || j.Tag != script.Tag || j.Account != "research" || j.EndedAt.Before(j.SubmittedAt) {
				t.Errorf("%+v", j)
			}
		})
	}
}

// TestAccountingAway: without slurmdbd there is no history for the moment, and
// everything else goes on.
func TestAccountingAway(t *testing.T) {
	t.Parallel()
	needAccounting(t)
	text, err := os.ReadFile(cluster(t))
	if err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(t.TempDir(), "slurm.conf")
	away := strings.Replace(string(text), "\nAccountingStoragePort=", "\nAccountingStoragePort=1\n#", 1)
	if err := os.WriteFile(conf, []byte(away), 0o600); err != nil || away == string(text) {
		t.Fatal("slurm.conf is not as it was", err)
	}
	s, err := slurm.New(slurm.Config{SlurmConf: conf})
	if err != nil {
		t.Fatal(err)
	}
	for what, ask := range map[string]func() error{
		"by id":  func() error { _, err := s.Finished(t.Context(), []batch.JobID{"1"}); return err },
		"by tag": func() error { _, err := s.FindFinished(t.Context(), "alice", "t", time.Now()); return err },
	} {
		if err := ask(); !errors.Is(err, batch.ErrUnavailable) || errors.Is(err, batch.ErrNoHistory) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := s.Jobs(t.Context(), []batch.JobID{"1"}); err != nil {
		t.Error(err)
	}
}
