package batchtest_test

import (
	"strings"
	"testing"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest"
)

// run plays the cluster: jobs start, and end as their scripts say.
func run(m *batchtest.Memory) {
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

func TestMemoryConforms(t *testing.T) {
	t.Parallel()
	batchtest.Run(t, func(*testing.T) batchtest.Harness {
		m := batchtest.New()
		return batchtest.Harness{
			Scheduler: m, Owner: "alice", Other: "bob", Queue: "cpu", GPUQueue: "gpu", GPUType: "a100",
			Hold: []string{"--hold"}, Step: func() { run(m) },
			SetDown: func(_ *testing.T, down bool) { m.SetUnavailable(down) },
			Requeue: func(_ *testing.T, id batch.JobID) { m.Requeue(id) },
			Put:     states(m),
		}
	})
}

// states puts a job of the Memory into every state there is.
func states(m *batchtest.Memory) map[batch.State]func(*testing.T, batch.JobID) {
	all := map[batch.State]func(*testing.T, batch.JobID){}
	for _, state := range batch.States() {
		switch {
		case state.Phase() == batch.PhaseUnknown:
		case state == batch.Completed:
			all[state] = func(_ *testing.T, id batch.JobID) { m.Finish(id, 0) }
		case state.Phase() == batch.PhaseFinished:
			all[state] = func(_ *testing.T, id batch.JobID) { m.End(id, state, 1) }
		default:
			all[state] = func(_ *testing.T, id batch.JobID) {
				m.Update(id, func(j *batch.Job) { j.State, j.Native = state, string(state) })
			}
		}
	}
	return all
}
