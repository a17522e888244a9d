package slurm

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/berth-hpc/berth/batch"
)

const (
	mostNodes      = 64 << 20 // bytes of sinfo's answer
	mostPartitions = 4 << 20  // bytes of scontrol's
)

// Queues runs two commands: scontrol for what partitions allow, sinfo for what
// their nodes have. Hidden partitions are left out. A node in several
// partitions counts in each.
func (s *Scheduler) Queues(ctx context.Context) ([]batch.Queue, error) {
	partitions, err := s.partitions(ctx)
	if err != nil {
		return nil, fmt.Errorf("slurm: queues: %w", err)
	}
	nodes, err := s.nodes(ctx)
	if err != nil {
		return nil, fmt.Errorf("slurm: queues: %w", err)
	}
	return fill(partitions, nodes), nil
}

// fill gives every partition that is not hidden its nodes.
func fill(partitions []partition, nodes []node) []batch.Queue {
	members := map[string][]node{}
	for _, n := range nodes {
		members[n.partition] = append(members[n.partition], n)
	}
	tiers := map[string]uint64{}
	for _, p := range partitions {
		tiers[p.queue.Name] = p.tier
	}
	queues := make([]batch.Queue, 0, len(partitions))
	for _, p := range partitions {
		if !p.hidden {
			q := p.filled(members[p.queue.Name])
			q.GivesWay = p.preempted && highest(nodes, tiers, p.queue.Name) > p.tier
			queues = append(queues, q)
		}
	}
	return queues
}

// highest is the highest tier of the partitions that share a node with this one.
// See PreemptMode and PriorityTier in slurm.conf(5).
func highest(nodes []node, tiers map[string]uint64, partition string) (tier uint64) {
	own := map[string]bool{}
	for _, n := range nodes {
		if n.partition == partition && n.name != "" {
			own[n.name] = true
		}
	}
	for _, n := range nodes {
		if own[n.name] {
			tier = max(tier, tiers[n.partition])
		}
	}
	return tier
}

func (s *Scheduler) partitions(ctx context.Context) ([]partition, error) {
	c := s.command("scontrol", "--all", "--oneliner", "show", "partition")
	c.MaxStdout = mostPartitions
	res, err := s.run.Run(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := refusedQuestion(res); err != nil {
		return nil, err
	}
	all, err := parsePartitions(res.Stdout)
	if err != nil {
		return nil, fmt.Errorf("scontrol: %w: %w", err, batch.ErrUnavailable)
	}
	return all, nil
}

func (s *Scheduler) nodes(ctx context.Context) ([]node, error) {
	sep := newSeparator()
	c := s.command("sinfo", "--noheader", "--all", "--Node", "--Format="+nodeTable.long(sep))
	c.MaxStdout = mostNodes
	res, err := s.run.Run(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := refusedQuestion(res); err != nil {
		return nil, err
	}
	nodes, odd, err := nodeTable.parse(res.Stdout, sep)
	if err != nil {
		return nil, fmt.Errorf("sinfo: %w: %w", err, batch.ErrUnavailable)
	}
	s.complain(ctx, "sinfo", odd)
	return nodes, nil
}

// filled adds up the nodes.
func (p partition) filled(nodes []node) batch.Queue {
	q := p.queue
	gpus := map[string]*batch.GPU{}
	for _, n := range nodes {
		if n.name == "" { // a partition without nodes has one line all the same
			continue
		}
		q.Nodes++
		q.NodeCPUs = max(q.NodeCPUs, n.cpus)
		q.NodeMemory = max(q.NodeMemory, n.memory)
		for kind, count := range n.gpus {
			g := gpus[kind]
			if g == nil {
				g = &batch.GPU{Type: kind}
				gpus[kind] = g
			}
			g.MostNode = max(g.MostNode, count)
			if n.use == lost {
				g.Down += count
				continue
			}
			g.Total += count
			if n.use == open {
				g.Free += max(count-n.used[kind], 0)
			}
		}
		if n.use == lost {
			continue
		}
		q.NodesUp++
		q.CPUs += n.cpus
		q.TotalMemory += n.memory
		if n.use == open {
			q.FreeCPUs += n.idle
			q.FreeMemory = max(q.FreeMemory, n.memory-n.taken)
		}
	}
	if p.maxCPUs > 0 {
		q.NodeCPUs = min(q.NodeCPUs, p.maxCPUs)
	}
	if p.maxNodeMem > 0 {
		q.NodeMemory = min(q.NodeMemory, p.maxNodeMem)
	}
	for _, g := range gpus {
		if g.MostNode > 0 {
			q.GPUs = append(q.GPUs, *g)
		}
	}
	slices.SortFunc(q.GPUs, func(a, b batch.GPU) int { return cmp.Compare(a.Type, b.Type) })
	return q
}
