package sql

import (
	"context"
	"time"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// Maintenance reads the windows that end after the time, the earliest first.
func (s *Store) Maintenance(ctx context.Context, after time.Time) ([]limit.Window, error) {
	var windows []limit.Window
	err := s.do(ctx, "read the maintenance windows", func(ctx context.Context, q *dbsqlc.Queries) error {
		rows, err := q.Maintenance(ctx, after)
		windows = windowsOf(rows)
		return err
	})
	return windows, err
}

// AddMaintenance adds a window. Admissions that are under way end first; every
// later one sees it.
func (s *Store) AddMaintenance(ctx context.Context, w limit.Window, entry admin.Entry) error {
	return s.tx(ctx, "add a maintenance window", func(ctx context.Context, q *dbsqlc.Queries) error {
		if err := q.LockKey(ctx, limitsKey); err != nil {
			return err
		}
		err := q.InsertMaintenance(ctx, dbsqlc.InsertMaintenanceParams{
			ID: w.ID, Cluster: w.Scope.Cluster, Queue: w.Scope.Queue, FromAt: w.From, UntilAt: w.Until, Text: w.Text, SetBy: w.SetBy, SetAt: w.SetAt,
		})
		if err != nil {
			return err
		}
		return addAudit(ctx, q, entry)
	})
}

// DeleteMaintenance removes a window; limit.ErrNotFound.
func (s *Store) DeleteMaintenance(ctx context.Context, id string, entry admin.Entry) error {
	return s.tx(ctx, "delete a maintenance window", func(ctx context.Context, q *dbsqlc.Queries) error {
		n, err := q.DeleteMaintenance(ctx, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return limit.ErrNotFound
		}
		return addAudit(ctx, q, entry)
	})
}
