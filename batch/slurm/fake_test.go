package slurm_test

import (
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest"
	"github.com/berth-hpc/berth/batch/batchtest/fake"
	"github.com/berth-hpc/berth/batch/slurm"
)

// step plays the cluster: jobs start, and end as their scripts say.
func step(m *batchtest.Memory) {
	for _, id := range m.IDs() {
		body := string(m.Script(id).Body)
		switch j := m.Job(id); {
		case j.State == batch.Pending:
			m.Start(id, "c4")
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

// TestFakeConforms is the suite over commands that act as those of a real Slurm
// did, with the faults that a real one cannot be made to have.
func TestFakeConforms(t *testing.T) {
	t.Parallel()
	batchtest.Run(t, func(t *testing.T) batchtest.Harness {
		t.Helper()
		c := fake.Slurm(t)
		s, err := slurm.New(slurm.Config{BinDir: c.Bin, Sudo: c.Sudo, Timeout: batch.Duration(10 * time.Second)})
		if err != nil {
			t.Fatal(err)
		}
		put := map[batch.State]func(*testing.T, batch.JobID){}
		for _, state := range batch.States() {
			switch state.Phase() {
			case batch.PhaseFinished:
				exit := 1
				if state == batch.Completed {
					exit = 0
				}
				put[state] = func(_ *testing.T, id batch.JobID) { c.Memory.End(id, state, exit) }
			case batch.PhaseRunning, batch.PhaseWaiting:
				put[state] = func(_ *testing.T, id batch.JobID) {
					c.Memory.Update(id, func(j *batch.Job) { j.State, j.Native, j.Reason = state, string(state), "" })
				}
			case batch.PhaseUnknown:
			}
		}
		delete(put, batch.Pending) // what is held stays held
		return batchtest.Harness{
			Scheduler: s, Owner: "alice", Other: "bob", Queue: "cpu", GPUQueue: "gpu", GPUType: "a100",
			Hold: []string{"--hold"}, Step: func() { step(c.Memory) },
			SetDown: func(_ *testing.T, down bool) { c.SetDown(down) },
			Requeue: func(_ *testing.T, id batch.JobID) { c.Memory.Requeue(id) },
			Put:     put,
			Fault:   func(_ *testing.T, f batchtest.Fault) { c.SetFault(f) },
		}
	})
}
