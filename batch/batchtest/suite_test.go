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
		}
	})
}
