package web

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/usage"
)

// madeUp is a site's use, out of thin air but always the same. It answers for
// any session.
type madeUp struct{ now func() time.Time }

func (m madeUp) Usage(_ context.Context, id session.ID) (usage.Summary, error) {
	last := m.minute(id, m.now())
	return usage.Summary{
		Session: id, SampledAt: m.now().Add(-20 * time.Second), CPUs: last.CPUs, Memory: last.Memory, MemoryPeak: last.Memory * 5 / 4,
		MemoryMax: 32 << 30, Devices: last.Devices, Kernels: 1, CPUSeconds: 12345, GPUSeconds: 6789,
	}, nil
}

func (m madeUp) Minutes(_ context.Context, id session.ID, after time.Time, most int) ([]usage.Minute, error) {
	var all []usage.Minute
	for at := m.now().Truncate(time.Minute); at.After(after) && len(all) < most; at = at.Add(-time.Minute) {
		if n := at.Minute(); n != 17 && n != 18 && n != 19 { // nothing was measured then
			all = append([]usage.Minute{m.minute(id, at)}, all...)
		}
	}
	return all, nil
}

func (m madeUp) minute(id session.ID, at time.Time) usage.Minute {
	x := float64(at.Unix()/60) / 9
	busy := max(0, math.Sin(x)*0.7+math.Sin(3*x)*0.2+0.25)
	return usage.Minute{
		Session: id, At: at, Span: time.Minute, CPUs: 0.4 + 3*busy, Memory: int64((9 + 4*math.Sin(x/4)) * (1 << 30)), Kernels: 1,
		Devices: []usage.Device{
			{ID: "GPU-1", Name: "NVIDIA A100-SXM4-40GB", Busy: min(busy, 1), Memory: 22 << 30, MemoryTotal: 40 << 30},
			{ID: "GPU-2", Name: "NVIDIA A100-SXM4-40GB", Busy: 0, Memory: 1 << 20, MemoryTotal: 40 << 30},
		},
	}
}

func (madeUp) Rows(_ context.Context, q usage.Query) ([]usage.Row, error) {
	var rows []usage.Row
	row := func(key string, size float64) {
		r := usage.Row{Key: key, Starts: int64(size / 4), GPUAsked: size * 2.4, GPUHeld: size, GPUSeen: size * 0.86, GPUUsed: size * 0.41}
		r.GPUIdle = r.GPUSeen - r.GPUUsed
		r.CPUAsked, r.CPUHeld, r.CPUSeen, r.CPUUsed, r.CPUIdle = 8*r.GPUAsked, 8*size, 7*size, 2*size, 5*size
		rows = append(rows, r)
	}
	if q.By != usage.ByDay {
		for i, name := range []string{"alice", "hopper", "mmeitner", "bob", "", "someone-6f1d2c3b4a596877", `<b>eve</b>`} {
			row(name, 2400/float64(i*i+1))
		}
		for i := range 30 {
			row(fmt.Sprintf("student%02d", i), 30-float64(i))
		}
		return rows, nil
	}
	for at := q.From; !at.After(q.To); at = at.AddDate(0, 0, 1) {
		weekend := 1.0
		if at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
			weekend = 0.35
		}
		if size := weekend * (180 + 90*math.Sin(float64(at.YearDay())/3)); at.Day() != 13 {
			row(at.Format(time.DateOnly), size)
		}
	}
	return rows, nil
}

func (m madeUp) Report(ctx context.Context, q usage.Query) (usage.Report, error) {
	r := usage.Report{From: q.From.Format(time.DateOnly), To: q.To.Format(time.DateOnly), By: q.By}
	r.Rows, _ = m.Rows(ctx, q)
	for _, row := range r.Rows {
		r.Total = r.Total.Add(row)
	}
	r.Waits = []usage.Wait{
		{Cluster: "nova", Queue: "gpu", GPUType: "a100", Launches: 812, P10: 4, P25: 30, Median: 240, P75: 2400, P90: 9000, Longest: 86000},
		{Cluster: "nova", Queue: "hopper", GPUType: "h100", Launches: 301, P10: 40, P25: 600, Median: 5400, P75: 20000, P90: 61000, Longest: 240000},
		{Cluster: "nova", Queue: "cpu", Launches: 97, P10: 1, P25: 1, Median: 2, P75: 4, P90: 12, Longest: 300},
		{Cluster: "nova", Queue: "interactive", GPUType: "l40s", Launches: 3, P10: 2, P25: 2, Median: 3, P75: 3, P90: 3, Longest: 3},
	}
	r.Failures = []usage.Failure{
		{Reason: "stopped", Launches: 41},
		{Reason: "refused", Launches: 17},
		{Reason: "start_timeout", Launches: 6},
		{Reason: "failed", Launches: 2},
	}
	return r, nil
}
