package pbs_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest"
	"github.com/berth-hpc/berth/batch/batchtest/fake"
	"github.com/berth-hpc/berth/batch/pbs"
)

func adapter(t *testing.T, c *fake.Cluster, change func(*pbs.Config)) *pbs.Scheduler {
	t.Helper()
	cfg := pbs.Config{BinDir: c.Bin, Sudo: c.Sudo}
	if change != nil {
		change(&cfg)
	}
	s, err := pbs.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// step plays the cluster: jobs start, and end as their scripts say.
func step(m *batchtest.Memory) {
	for _, id := range m.IDs() {
		body := string(m.Script(id).Body)
		switch j := m.Job(id); {
		case j.State == batch.Pending:
			m.Start(id, "cpu-1")
		case j.State != batch.Running:
		case strings.Contains(body, "exit 0"):
			m.Finish(id, 0)
		case strings.Contains(body, "exit 7"):
			m.Finish(id, 7)
		case strings.Contains(body, "KILL"):
			m.Finish(id, -1)
			m.Update(id, func(j *batch.Job) { j.ExitCode, j.Signal = nil, 9 })
		}
	}
}

func fakeHarness(t *testing.T, history bool) batchtest.Harness {
	t.Helper()
	c := fake.PBS(t)
	c.SetHistory(history)
	put := map[batch.State]func(*testing.T, batch.JobID){}
	for _, state := range []batch.State{batch.Held, batch.Suspended, batch.Completing} {
		put[state] = func(_ *testing.T, id batch.JobID) {
			c.Memory.Update(fake.MemoryID(id), func(j *batch.Job) { j.State = state })
		}
	}
	if history {
		for _, state := range []batch.State{batch.Completed, batch.Failed, batch.Cancelled, batch.Timeout, batch.OutOfMemory, batch.NodeFail, batch.LaunchFailed} {
			exit := 1
			if state == batch.Completed {
				exit = 0
			}
			put[state] = func(_ *testing.T, id batch.JobID) { c.Memory.End(fake.MemoryID(id), state, exit) }
		}
	}
	h := batchtest.Harness{
		Scheduler: adapter(t, c, func(cfg *pbs.Config) { cfg.Timeout = batch.Duration(10 * time.Second) }),
		Owner:     "alice", Other: "bob", Queue: "cpu", GPUQueue: "gpu", GPUType: "a100",
		Hold: []string{"-h"}, Forgets: !history,
		Step:    func() { step(c.Memory) },
		SetDown: func(_ *testing.T, down bool) { c.SetDown(down) },
		Requeue: func(_ *testing.T, id batch.JobID) { c.Memory.Requeue(fake.MemoryID(id)) },
		Unknown: func(n int) batch.JobID { return fake.PBSID(batch.JobID(strconv.Itoa(900_000 + n))) },
		Put:     put,
	}
	if history { // once is enough: hanging takes its time
		h.Fault = func(_ *testing.T, f batchtest.Fault) { c.SetFault(f) }
	}
	return h
}

// TestFakeConforms is the suite over commands that act as those of a real
// OpenPBS did.
func TestFakeConforms(t *testing.T) {
	t.Parallel()
	t.Run("history", func(t *testing.T) {
		t.Parallel()
		batchtest.Run(t, func(t *testing.T) batchtest.Harness { t.Helper(); return fakeHarness(t, true) })
	})
	t.Run("no history", func(t *testing.T) {
		t.Parallel()
		batchtest.Run(t, func(t *testing.T) batchtest.Harness { t.Helper(); return fakeHarness(t, false) })
	})
}
