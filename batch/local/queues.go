package local

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/berth-hpc/berth/batch"
)

// Queues is the machine as one queue with one node.
func (s *Scheduler) Queues(ctx context.Context) ([]batch.Queue, error) {
	if err := reachable(ctx); err != nil {
		return nil, fmt.Errorf("local: queues: %w", err)
	}
	m, err := s.has.machine(ctx)
	if err != nil {
		return nil, fmt.Errorf("local: queues: %w", err)
	}
	records, err := s.store.live()
	if err != nil {
		return nil, fmt.Errorf("local: queues: %w", unavailable(err))
	}
	return []batch.Queue{m.queue(s.cfg, m.left(records))}, nil
}

func (m machine) queue(cfg Config, f free) batch.Queue {
	return batch.Queue{
		Name: cfg.Queue, Default: true, Up: true, State: "up",
		DefaultTime: cfg.DefaultTime, MaxTime: cfg.MaxTime, Nodes: 1, NodesUp: 1,
		CPUs: m.cpus, FreeCPUs: f.cpus, NodeCPUs: m.cpus,
		NodeMemory: m.memory, FreeMemory: f.memory, TotalMemory: m.memory, GPUs: byType(m.gpus, f.gpus),
	}
}

func byType(all, left []GPU) []batch.GPU {
	var types []batch.GPU
	count := func(g GPU, add func(*batch.GPU)) {
		i := slices.IndexFunc(types, func(t batch.GPU) bool { return t.Type == g.Type })
		if i < 0 {
			types = append(types, batch.GPU{Type: g.Type})
			i = len(types) - 1
		}
		add(&types[i])
	}
	for _, g := range all {
		count(g, func(t *batch.GPU) { t.Total++; t.MostNode++ })
	}
	for _, g := range left {
		count(g, func(t *batch.GPU) { t.Free++ })
	}
	slices.SortFunc(types, func(a, b batch.GPU) int { return cmp.Compare(a.Type, b.Type) })
	return types
}
