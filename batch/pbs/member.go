package pbs

import (
	"cmp"
	"path"
	"slices"

	"github.com/berth-hpc/berth/batch"
)

// members are the nodes that a queue's jobs can run on: those that the config
// names; or else those that belong to the queue (the node's attribute queue),
// or, if there are none, all that belong to no queue; of these the ones that
// have what the queue's default_chunk asks for. A routing queue has the nodes of
// its destinations.
func members(q queue, all map[string]queue, nodes []node, configured map[string][]string) []node {
	if patterns, ok := configured[q.queue.Name]; ok {
		return filter(nodes, func(n node) bool {
			return slices.ContainsFunc(patterns, func(p string) bool {
				found, err := path.Match(p, n.name)
				return err == nil && found
			})
		})
	}
	if q.route != nil {
		return filter(nodes, func(n node) bool {
			return slices.ContainsFunc(q.route, func(name string) bool {
				to, ok := all[name]
				if !ok || to.route != nil {
					return false
				}
				return slices.ContainsFunc(members(to, all, nodes, configured), func(m node) bool { return m.name == n.name })
			})
		})
	}
	owner := ""
	if slices.ContainsFunc(nodes, func(n node) bool { return n.queue == q.queue.Name }) {
		owner = q.queue.Name
	}
	return filter(nodes, func(n node) bool { return n.queue == owner && n.offers(q.chunk) })
}

func filter(nodes []node, keep func(node) bool) []node {
	return slices.DeleteFunc(slices.Clone(nodes), func(n node) bool { return !keep(n) })
}

// host is what the vnodes of one machine have together.
type host struct {
	cpus               int
	memory, freeMemory batch.Bytes
	gpus               map[string]int
	up                 bool
}

// filled adds up the nodes. A chunk of a job may take parts of several vnodes of
// one host, so that "most on one node" is a host's.
func (q queue) filled(nodes []node, typeOf func(node) string) batch.Queue {
	b := q.queue
	hosts := map[string]*host{}
	gpus := map[string]*batch.GPU{}
	for _, n := range nodes {
		h := hosts[n.host]
		if h == nil {
			h = &host{gpus: map[string]int{}}
			hosts[n.host] = h
		}
		h.add(n)
		if n.gpus == 0 {
			continue
		}
		kind := typeOf(n)
		h.gpus[kind] += n.gpus
		g := gpus[kind]
		if g == nil {
			g = &batch.GPU{Type: kind}
			gpus[kind] = g
		}
		switch n.use {
		case lost:
			g.Down += n.gpus
		case open:
			g.Free += min(max(n.gpus-n.usedGPUs, 0), n.gpus)
			g.Total += n.gpus
		case closed:
			g.Total += n.gpus
		}
	}
	for _, h := range hosts {
		b.Nodes++
		b.NodeCPUs = max(b.NodeCPUs, h.cpus)
		b.NodeMemory = max(b.NodeMemory, h.memory)
		for kind, count := range h.gpus {
			gpus[kind].MostNode = max(gpus[kind].MostNode, count)
		}
		if h.up {
			b.NodesUp++
			b.FreeMemory = max(b.FreeMemory, h.freeMemory)
		}
	}
	for _, n := range nodes {
		if n.use != lost {
			b.CPUs += n.cpus
			b.TotalMemory += n.memory
		}
		if n.use == open {
			b.FreeCPUs += min(max(n.cpus-n.usedCPUs, 0), n.cpus)
		}
	}
	return q.bounded(b, gpus)
}

func (h *host) add(n node) {
	h.cpus += n.cpus
	h.memory += n.memory
	if n.use == lost {
		return
	}
	h.up = true
	if n.use == open {
		h.freeMemory += min(max(n.memory-n.usedMemory, 0), n.memory)
	}
}

// bounded lowers what one job can have to the queue's own limits.
func (q queue) bounded(b batch.Queue, gpus map[string]*batch.GPU) batch.Queue {
	if q.most.cpus > 0 {
		b.NodeCPUs = min(b.NodeCPUs, q.most.cpus)
	}
	if q.most.memory > 0 {
		b.NodeMemory = min(b.NodeMemory, q.most.memory)
	}
	for _, g := range gpus {
		if q.most.gpus > 0 {
			g.MostNode = min(g.MostNode, q.most.gpus)
		}
		b.GPUs = append(b.GPUs, *g)
	}
	slices.SortFunc(b.GPUs, func(x, y batch.GPU) int { return cmp.Compare(x.Type, y.Type) })
	return b
}
