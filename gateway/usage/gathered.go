package usage

import (
	"math"
	"time"
)

// Bounds of what is believed. No node has more.
const (
	mostCPUs    = 1 << 16
	mostDevices = 64
	mostText    = 128
)

// gathered is what one attempt has used since it was last written down.
type gathered struct {
	attempt int
	last    time.Time // of the latest sample; zero: what comes next has no beginning
	cpu     float64   // CPU seconds then

	span    time.Duration // measured
	seconds float64       // of CPU, in it
	count   int           // samples
	memory  int64
	peak    int64
	limit   int64
	kernels int
	kernel  time.Time
	devices map[string]*deviceSum
	order   []string
}

// deviceSum averages one device.
type deviceSum struct {
	latest Device
	busy   float64
	count  int
}

func (g *gathered) take(now time.Time, s Sample) {
	gap, used := now.Sub(g.last), s.CPU-g.cpu
	if !g.last.IsZero() && gap > 0 && gap <= mostGap && used >= 0 {
		g.span += gap
		g.seconds += min(used, mostCPUs*gap.Seconds())
	}
	g.last, g.cpu = now, s.CPU
	if g.count == 0 {
		g.memory, g.kernels = 0, -1
	}
	g.count++
	g.memory = max(g.memory, s.Memory)
	g.peak = max(g.peak, s.MemoryPeak, s.Memory)
	g.limit = max(s.MemoryMax, 0)
	if s.Activity.Known {
		g.kernels = max(g.kernels, s.Activity.Busy)
		at := s.Activity.LastAt
		if s.Activity.Busy > 0 || at.After(now) {
			at = now // a node's clock may be wrong
		}
		if at.After(g.kernel) {
			g.kernel = at
		}
	}
	for i, d := range s.Devices {
		if i < mostDevices {
			g.device(d)
		}
	}
}

func (g *gathered) device(d Device) {
	d.ID, d.Name = cut(d.ID), cut(d.Name)
	sum := g.devices[d.ID]
	if sum == nil {
		if len(g.order) == mostDevices {
			return
		}
		if g.devices == nil {
			g.devices = map[string]*deviceSum{}
		}
		sum = &deviceSum{}
		g.devices[d.ID] = sum
		g.order = append(g.order, d.ID)
	}
	sum.latest = d
	if d.Busy >= 0 && !math.IsNaN(d.Busy) {
		sum.busy += min(d.Busy, 1)
		sum.count++
	}
}

// minute is what is to be written; false if nothing was measured.
func (g *gathered) minute(now time.Time) (Minute, bool) {
	if g.span <= 0 {
		return Minute{}, false
	}
	m := Minute{
		Attempt: g.attempt, At: now, Span: g.span, CPUs: g.seconds / g.span.Seconds(), Memory: g.memory, MemoryPeak: g.peak,
		MemoryMax: g.limit, Kernels: g.kernels, KernelAt: g.kernel,
	}
	for _, id := range g.order {
		sum := g.devices[id]
		sum.latest.Busy = -1
		if sum.count > 0 {
			sum.latest.Busy = sum.busy / float64(sum.count)
		}
		m.Devices = append(m.Devices, sum.latest)
	}
	g.span, g.seconds, g.count, g.devices, g.order = 0, 0, 0, nil, nil
	return m, true
}

func cut(s string) string {
	if len(s) > mostText {
		return s[:mostText]
	}
	return s
}
