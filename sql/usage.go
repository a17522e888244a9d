package sql

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/usage"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

var (
	_ usage.Store       = (*Store)(nil)
	_ usage.ReportStore = (*Store)(nil)
	_ usage.RollUpStore = (*Store)(nil)
)

// longAgo stands for "never" where an array can hold no null.
var longAgo = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)

// AddMinutes implements usage.Store with one statement. Minutes of sessions
// that ended minutes before, are gone or at another attempt are passed over.
func (s *Store) AddMinutes(ctx context.Context, at time.Time, minutes []usage.Minute) error {
	if len(minutes) == 0 {
		return nil
	}
	p := dbsqlc.AddUseParams{BusyCpus: usage.BusyCPUs, BusyGpus: usage.BusyGPUs, Moment: at}
	for _, m := range minutes {
		devices, err := json.Marshal(m.Devices)
		if err != nil {
			return err
		}
		if m.Devices == nil {
			devices = []byte("[]")
		}
		kernel := m.KernelAt
		if kernel.IsZero() {
			kernel = longAgo
		}
		p.Sessions = append(p.Sessions, string(m.Session))
		p.Attempts = append(p.Attempts, m.Attempt)
		p.Spans = append(p.Spans, m.Span.Seconds())
		p.Cpus = append(p.Cpus, number(m.CPUs))
		p.Memories = append(p.Memories, m.Memory)
		p.Limits = append(p.Limits, m.MemoryMax)
		p.Peaks = append(p.Peaks, m.MemoryPeak)
		p.Devices = append(p.Devices, clean(string(devices), math.MaxInt))
		p.Kernels = append(p.Kernels, m.Kernels)
		p.DeviceCounts = append(p.DeviceCounts, m.GPUsSeen())
		p.GpuBusys = append(p.GpuBusys, number(m.GPUsBusy()))
		p.KernelAts = append(p.KernelAts, kernel)
	}
	return s.do(ctx, "keep samples", func(ctx context.Context, q *dbsqlc.Queries) error { return q.AddUse(ctx, p) })
}

// number keeps what is no number out of sums.
func number(f float64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) || f < 0 {
		return 0
	}
	return f
}

// NoteOpen implements usage.Store.
func (s *Store) NoteOpen(ctx context.Context, open map[session.ID]time.Time) error {
	if len(open) == 0 {
		return nil
	}
	var p dbsqlc.NoteOpenParams
	for id, at := range open {
		p.Sessions = append(p.Sessions, string(id))
		p.Ats = append(p.Ats, at)
	}
	return s.do(ctx, "note open connections", func(ctx context.Context, q *dbsqlc.Queries) error { return q.NoteOpen(ctx, p) })
}

// Usage reads what is known of one session's use; session.ErrNotFound if
// nothing is.
func (s *Store) Usage(ctx context.Context, id session.ID) (found usage.Summary, err error) {
	err = s.do(ctx, "read a session's use", func(ctx context.Context, q *dbsqlc.Queries) error {
		row, err := q.SessionUsage(ctx, string(id))
		if errors.Is(err, pgx.ErrNoRows) {
			return session.ErrNotFound
		}
		if err == nil {
			found, err = summaryOf(row)
		}
		return err
	})
	return found, err
}

// LiveUsage reads what is known of every live session's use, in one query.
func (s *Store) LiveUsage(ctx context.Context) (map[session.ID]usage.Summary, error) {
	found := map[session.ID]usage.Summary{}
	err := s.do(ctx, "read what sessions use", func(ctx context.Context, q *dbsqlc.Queries) error {
		rows, err := q.LiveUsage(ctx)
		if err != nil {
			return err
		}
		for _, row := range rows {
			one, err := summaryOf(row)
			if err != nil {
				return err
			}
			found[one.Session] = one
		}
		return nil
	})
	return found, err
}

// Minutes reads a session's minutes after a time, the newest so many, oldest
// first.
func (s *Store) Minutes(ctx context.Context, id session.ID, after time.Time, most int) (minutes []usage.Minute, err error) {
	err = s.do(ctx, "read samples", func(ctx context.Context, q *dbsqlc.Queries) error {
		rows, err := q.UsageSamples(ctx, dbsqlc.UsageSamplesParams{SessionID: string(id), After: after, Most: int64(most)})
		if err != nil {
			return err
		}
		for _, r := range rows {
			m := usage.Minute{
				Session: id, At: r.At.UTC(), Span: time.Duration(float64(r.Span) * float64(time.Second)),
				CPUs: r.Cpu, Memory: r.Memory, Kernels: known(r.Kernels),
			}
			if err := json.Unmarshal(r.Gpus, &m.Devices); err != nil {
				return err
			}
			minutes = append(minutes, m)
		}
		slices.Reverse(minutes)
		return nil
	})
	return minutes, err
}

func known(n *int) int {
	if n == nil {
		return -1
	}
	return *n
}

func summaryOf(r dbsqlc.SessionUsage) (usage.Summary, error) {
	u := usage.Summary{
		Session: session.ID(r.SessionID), Attempt: r.Attempt, SampledAt: utc(r.SampledAt),
		CPUs: r.Cpu, Memory: r.Memory, MemoryPeak: r.MemoryPeak, MemoryMax: r.MemoryMax, Kernels: known(r.Kernels),
		CPUSeconds: r.CpuSeconds, GPUSeconds: r.GpuSeconds,
		CPUAt: utc(r.CpuAt), GPUAt: utc(r.GpuAt), KernelAt: utc(r.KernelAt), OpenAt: utc(r.OpenAt),
	}
	return u, json.Unmarshal(r.Gpus, &u.Devices)
}
