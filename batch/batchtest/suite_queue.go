package batchtest

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/berth-hpc/berth/batch"
)

func (b *bench) queue(name string) batch.Queue {
	b.t.Helper()
	queues, err := b.Scheduler.Queues(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	i := slices.IndexFunc(queues, func(q batch.Queue) bool { return q.Name == name })
	if i < 0 {
		b.t.Fatalf("there is no queue %s in %+v", name, queues)
	}
	return queues[i]
}

func (b *bench) gpu() batch.GPU {
	b.t.Helper()
	q := b.queue(b.GPUQueue)
	i := slices.IndexFunc(q.GPUs, func(g batch.GPU) bool { return g.Type == b.GPUType })
	if i < 0 {
		b.t.Fatalf("there is no %s in %+v", b.GPUType, q)
	}
	return q.GPUs[i]
}

// testQueues: what the form needs is there and adds up.
func testQueues(b *bench) {
	queues, err := b.Scheduler.Queues(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	defaults, seen := 0, map[string]bool{}
	for _, q := range queues {
		if q.Name == "" || seen[q.Name] {
			b.t.Errorf("a queue without a name of its own: %+v", q)
		}
		seen[q.Name] = true
		if q.Default {
			defaults++
		}
		if q.NodesUp > q.Nodes || q.FreeCPUs > q.CPUs || q.FreeMemory > q.TotalMemory || q.MaxTime < 0 || q.DefaultTime < 0 {
			b.t.Errorf("it does not add up: %+v", q)
		}
		for _, g := range q.GPUs {
			if g.Free < 0 || g.Free > g.Total || g.MostNode > g.Total+g.Down || g.Total < 0 || g.Down < 0 {
				b.t.Errorf("%s: it does not add up: %+v", q.Name, g)
			}
		}
		if !slices.IsSortedFunc(q.GPUs, func(x, y batch.GPU) int { return cmp.Compare(x.Type, y.Type) }) {
			b.t.Errorf("%s: not sorted: %+v", q.Name, q.GPUs)
		}
	}
	if defaults > 1 {
		b.t.Errorf("%d defaults", defaults)
	}
	q := b.queue(b.Queue)
	if !q.Up || q.State == "" || q.Nodes < 1 || q.NodesUp < 1 || q.NodeCPUs < 1 || q.NodeMemory < batch.MiB || q.TotalMemory < q.NodeMemory {
		b.t.Errorf("the queue of the tests: %+v", q)
	}
}

// testGPUs: GPUs are counted by type, and a job's are not free until it ends.
// Others may use the cluster meanwhile.
func testGPUs(b *bench) {
	var idle, g batch.GPU
	b.until(func() bool { idle = b.gpu(); return idle.Total > 0 && idle.Free == idle.Total },
		func() string { return fmt.Sprintf("never idle: %+v", idle) })
	if idle.MostNode < 1 || idle.MostNode > idle.Total {
		b.t.Fatalf("idle: %+v", idle)
	}
	script := b.script(ScriptSleep)
	script.Queue = b.GPUQueue
	script.Resources.GPUs, script.Resources.GPUType = idle.MostNode, b.GPUType
	id := b.submit(script)
	b.waitFor(id, batch.PhaseRunning)
	b.until(func() bool { g = b.gpu(); return g.Total == idle.Total && g.Free <= idle.Total-idle.MostNode },
		func() string { return fmt.Sprintf("the job's GPUs stay free: %+v", g) })
	busy := g
	b.cancel(b.Owner, id)
	b.until(func() bool { g = b.gpu(); return g.Free > busy.Free },
		func() string { return fmt.Sprintf("the job's GPUs are never freed: %+v", g) })
}
