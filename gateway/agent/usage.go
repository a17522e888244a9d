package agent

import (
	"context"
	"time"

	"github.com/berth-hpc/berth/gateway/tunnel"
)

// sampleEvery is the time between two samples of what the job uses.
const sampleEvery = 10 * time.Second

// meter measures what the job uses.
type meter struct {
	root string // of the file systems; "/" but for tests
	job  string
	pid  int // of the agent: the job is what descends from it
	gpus *gpuMeter
}

// watch reports samples until ctx ends.
func (m *meter) watch(ctx context.Context, every time.Duration, report func(tunnel.Usage)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if u, ok := m.sample(ctx); ok {
				report(u)
			}
		}
	}
}

// sample measures once: by the job's control group, if it has one of its own,
// else by the agent's process tree. False means that nothing could be read.
func (m *meter) sample(ctx context.Context) (tunnel.Usage, bool) {
	u, ok := m.cgroup()
	if !ok {
		if u, ok = m.tree(); !ok {
			return tunnel.Usage{}, false
		}
	}
	u.At = time.Now()
	u.GPUs = m.gpus.sample(ctx)
	return u, true
}
