package agent

import (
	"context"
	"time"

	"github.com/berth-hpc/berth/gateway/tunnel"
)

const (
	// sampleEvery is the time between two samples of what the job uses.
	sampleEvery = 20 * time.Second
	// glances is how often within that time memory alone is looked at, where it
	// costs next to nothing, so that a peak is seen.
	glances = 4
)

// meter measures what the job uses.
type meter struct {
	root string // of the file systems; "/" but for tests
	job  string
	pid  int // of the agent: the job is what descends from it
	gpus *gpuMeter
	app  *appMeter
	top  int64 // most memory seen
}

// watch reports samples until ctx ends, and then a last one without asking
// anybody else.
func (m *meter) watch(ctx context.Context, every time.Duration, report func(tunnel.Usage)) {
	tick := time.NewTicker(every / glances)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			if u, ok := m.measure(); ok {
				report(u)
			}
			return
		case <-tick.C:
		}
		if n%glances != 0 {
			if u, ok := m.cgroup(); ok {
				m.top = max(m.top, u.Memory)
			}
		} else if u, ok := m.sample(ctx); ok && ctx.Err() == nil {
			report(u)
		}
	}
}

// sample measures once, and asks for GPUs and the app's own word.
func (m *meter) sample(ctx context.Context) (tunnel.Usage, bool) {
	u, ok := m.measure()
	if ok {
		u.GPUs = m.gpus.sample(ctx)
		u.App = m.app.ask(ctx)
	}
	return u, ok
}

// measure reads the job's control group, if it has one of its own, else the
// agent's process tree. False means that nothing could be read.
func (m *meter) measure() (tunnel.Usage, bool) {
	u, ok := m.cgroup()
	if !ok {
		if u, ok = m.tree(); !ok {
			return tunnel.Usage{}, false
		}
	}
	m.top = max(m.top, u.Memory)
	u.At, u.MemoryTop = time.Now(), m.top
	return u, true
}
