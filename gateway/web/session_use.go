package web

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/usage"
	"github.com/berth-hpc/berth/gateway/web/chart"
)

const (
	useSpan = 2 * time.Hour     // of the little charts
	useMost = 130               // minutes read for them
	useGap  = 150 * time.Second // between two minutes with nothing missing
	useOld  = 3 * time.Minute   // after which a measurement is not of now
	tight   = 0.9               // of the memory's limit
)

// useView is what a session's page shows of its use.
type useView struct {
	Lines []useLine
	Note  string // in place of numbers, or about them
	Old   moment // when it was last measured, if that is not of now
	Over  bool   // the session has ended: this is what it used
}

// useLine is one measured thing.
type useLine struct {
	Name, Value, Hint string
	Chart             template.HTML
	High              bool
}

// sessionUse reads what the session uses. Nothing is shown of a session whose
// job has not begun.
func (w *Web) sessionUse(ctx context.Context, s session.Session) (*useView, error) {
	if s.StartedAt.IsZero() {
		return nil, nil
	}
	u, err := w.Use.Usage(ctx, s.ID)
	if errors.Is(err, session.ErrNotFound) || (err == nil && u.SampledAt.IsZero()) {
		if s.State != session.Ready {
			return nil, nil
		}
		return &useView{Note: "It is measured every minute; nothing has come yet."}, nil
	}
	if err != nil {
		return nil, err
	}
	now := w.Now()
	if !s.Live() {
		return useInAll(u), nil
	}
	minutes, err := w.Use.Minutes(ctx, s.ID, now.Add(-useSpan), useMost)
	if err != nil {
		return nil, err
	}
	v := &useView{Lines: useLines(s, u, minutes, now)}
	if now.Sub(u.SampledAt) > useOld {
		v.Old = ago(u.SampledAt, now)
	}
	if s.Resources.GPUs > 0 && len(u.Devices) == 0 {
		v.Note = "The node does not say what the GPUs do."
	}
	return v, nil
}

// useInAll is what is worth knowing afterwards.
func useInAll(u usage.Summary) *useView {
	v := &useView{Over: true}
	v.Lines = append(v.Lines, useLine{Name: "CPU time", Value: waited(u.CPUSeconds)})
	if u.GPUSeconds > 0 || len(u.Devices) > 0 {
		v.Lines = append(v.Lines, useLine{Name: "GPU time", Value: waited(u.GPUSeconds)})
	}
	v.Lines = append(v.Lines, peakLine(u))
	return v
}

func peakLine(u usage.Summary) useLine {
	l := useLine{Name: "Most memory", Value: batch.Bytes(u.MemoryPeak).Human()}
	if u.MemoryMax > 0 {
		l.Value += " of " + batch.Bytes(u.MemoryMax).Human()
	}
	return l
}

func useLines(s session.Session, u usage.Summary, minutes []usage.Minute, now time.Time) []useLine {
	from := now.Add(-useSpan)
	if first := s.StartedAt; first.After(from) {
		from = first
	}
	if now.Sub(from) < 10*time.Minute {
		from = now.Add(-10 * time.Minute)
	}
	area := func(title string, top float64, value func(usage.Minute) (float64, bool)) template.HTML {
		var points []chart.Point
		for _, m := range minutes {
			if v, ok := value(m); ok {
				points = append(points, chart.Point{At: m.At, Value: v})
			}
		}
		return chart.Area(title, points, from, now, useGap, top)
	}
	cpus := float64(max(s.Resources.CPUs, 1))
	for _, m := range minutes {
		cpus = max(cpus, m.CPUs)
	}
	cpu := useLine{Name: "CPU", Value: strconv.FormatFloat(u.CPUs, 'f', 1, 64)}
	if s.Resources.CPUs > 0 {
		cpu.Value += fmt.Sprintf(" of %d", s.Resources.CPUs)
	}
	cpu.Chart = area("CPUs busy: "+cpu.Value, cpus, func(m usage.Minute) (float64, bool) { return m.CPUs, true })

	top := u.MemoryMax
	if top == 0 {
		top = int64(s.Resources.Memory)
	}
	memory := useLine{Name: "Memory", Value: batch.Bytes(u.Memory).Human(), Hint: "at most " + batch.Bytes(u.MemoryPeak).Human() + " so far"}
	if top > 0 {
		memory.Value += " of " + batch.Bytes(top).Human()
		memory.High = float64(u.MemoryPeak) >= tight*float64(top)
	}
	memory.Chart = area("Memory in use: "+memory.Value, float64(max(top, u.MemoryPeak)), func(m usage.Minute) (float64, bool) { return float64(m.Memory), true })
	all := []useLine{cpu, memory}
	for i, d := range u.Devices {
		all = append(all, deviceLine(i, len(u.Devices), d, area))
	}
	if u.Kernels > 0 {
		all[0].Hint = fmt.Sprintf("%d %s busy", u.Kernels, plural(u.Kernels, "kernel", "kernels"))
	}
	return all
}

func deviceLine(i, of int, d usage.Device, area func(string, float64, func(usage.Minute) (float64, bool)) template.HTML) useLine {
	l := useLine{Name: "GPU", Value: "not known", Hint: plain(d.Name)}
	if of > 1 {
		l.Name += " " + strconv.Itoa(i+1)
	}
	if d.Busy >= 0 {
		l.Value = percent(d.Busy, 1)
	}
	if d.MemoryTotal > 0 {
		l.Hint += ", " + batch.Bytes(d.Memory).Human() + " of " + batch.Bytes(d.MemoryTotal).Human()
	}
	l.Chart = area(l.Name+" busy: "+l.Value, 1, func(m usage.Minute) (float64, bool) {
		at := slices.IndexFunc(m.Devices, func(o usage.Device) bool { return o.ID == d.ID })
		if at < 0 || m.Devices[at].Busy < 0 {
			return 0, false
		}
		return m.Devices[at].Busy, true
	})
	return l
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
