package gateway

import (
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/tunnel"
	"github.com/berth-hpc/berth/gateway/usage"
)

// sampleOf is an agent's sample as what is kept of it.
func sampleOf(e tunnel.Usage) usage.Sample {
	s := usage.Sample{CPU: e.CPU, Memory: e.Memory, MemoryPeak: e.MemoryTop, MemoryMax: e.MemoryMax}
	for _, g := range e.GPUs {
		id := g.UUID
		if id == "" {
			id = g.Index
		}
		d := usage.Device{ID: id, Name: g.Name, Busy: -1, Memory: g.MemoryUsed, MemoryTotal: g.MemoryTotal}
		if g.Utilization >= 0 {
			d.Busy = g.Utilization / 100
		}
		s.Devices = append(s.Devices, d)
	}
	if e.App != nil {
		s.Activity = usage.Activity{Known: true, Busy: e.App.Busy, Kernels: e.App.Kernels, LastAt: e.App.LastAt}
	}
	return s
}

// activityCheck is how the agent asks the app whether it is busy.
func activityCheck(s session.Session, app session.App) tunnel.ActivityCheck {
	if app.Activity == "" {
		return tunnel.ActivityCheck{}
	}
	check := tunnel.ActivityCheck{Format: app.Activity, Path: s.BasePath()}
	if app.StripPrefix {
		check.Path = "/"
	}
	if app.TokenHeader != "" {
		check.Headers = map[string]string{"Authorization": app.TokenHeader}
	}
	return check
}
