package sql

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/berth-hpc/berth/gateway/usage"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// UsageRows implements usage.ReportStore.
func (s *Store) UsageRows(ctx context.Context, q usage.Query) (rows []usage.Row, err error) {
	err = s.do(ctx, "count use", func(ctx context.Context, db *dbsqlc.Queries) error {
		found, err := db.UsageBy(ctx, dbsqlc.UsageByParams{
			First: q.From, Last: q.To, Owners: owners(q), GroupName: q.Group, Account: q.Account, Cluster: q.Cluster,
			Queue: q.Queue, App: q.App, GpuType: q.GPUType, By: string(q.By), Most: usage.MostRows,
		})
		for _, r := range found {
			rows = append(rows, usage.Row{
				Key: r.Key, Starts: r.Starts,
				GPUAsked: hours(r.GpuAsked), GPUHeld: hours(r.GpuHeld), GPUUsed: hours(r.GpuUsed), GPUSeen: hours(r.GpuSeen),
				GPUIdle:  hours(max(r.GpuSeen-r.GpuUsed, 0)),
				CPUAsked: hours(r.CpuAsked), CPUHeld: hours(r.CpuHeld), CPUUsed: hours(r.CpuUsed), CPUSeen: hours(r.CpuSeen),
				CPUIdle: hours(max(r.CpuSeen-r.CpuUsed, 0)),
			})
		}
		return err
	})
	if q.By == usage.ByDay {
		slices.SortFunc(rows, func(a, b usage.Row) int { return cmp.Compare(a.Key, b.Key) })
	}
	return rows, err
}

// UsageWaits implements usage.ReportStore.
func (s *Store) UsageWaits(ctx context.Context, q usage.Query) (waits []usage.Wait, err error) {
	err = s.do(ctx, "count waits", func(ctx context.Context, db *dbsqlc.Queries) error {
		found, err := db.UsageWaits(ctx, dbsqlc.UsageWaitsParams{
			First: q.From, Last: q.To, Owners: owners(q), GroupName: q.Group, Account: q.Account, Cluster: q.Cluster,
			Queue: q.Queue, App: q.App, GpuType: q.GPUType, Most: usage.MostRows,
		})
		for _, r := range found {
			if len(r.Quantiles) != 5 {
				return fmt.Errorf("%d quantiles", len(r.Quantiles))
			}
			waits = append(waits, usage.Wait{
				Cluster: r.Cluster, Queue: r.Queue, GPUType: r.GpuType, Launches: r.Launches,
				P10: r.Quantiles[0], P25: r.Quantiles[1], Median: r.Quantiles[2], P75: r.Quantiles[3], P90: r.Quantiles[4],
				Longest: r.Longest,
			})
		}
		return err
	})
	return waits, err
}

// UsageFailures implements usage.ReportStore.
func (s *Store) UsageFailures(ctx context.Context, q usage.Query) (failures []usage.Failure, err error) {
	err = s.do(ctx, "count failures", func(ctx context.Context, db *dbsqlc.Queries) error {
		found, err := db.UsageFailures(ctx, dbsqlc.UsageFailuresParams{
			First: q.From, Last: q.To, Owners: owners(q), GroupName: q.Group, Account: q.Account, Cluster: q.Cluster,
			Queue: q.Queue, App: q.App, GpuType: q.GPUType,
		})
		for _, r := range found {
			failures = append(failures, usage.Failure{Reason: r.Reason, Launches: r.Launches})
		}
		return err
	})
	return failures, err
}

// owners is never nil: a null array chooses nobody.
func owners(q usage.Query) []string { return append([]string{}, q.Owners...) }

func hours(seconds float64) float64 { return seconds / 3600 }
