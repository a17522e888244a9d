package sql

import (
	"context"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// ChangeLimits makes the changes, and writes what is said of each in the audit
// log, all of it or nothing. limit.ErrMoved if a rule is not any more what the
// change says that it was, or one of the same key has been set meanwhile.
// Admissions that are under way end first; every later one sees the changes.
func (s *Store) ChangeLimits(ctx context.Context, changes []limit.Change, entries []admin.Entry) error {
	return s.tx(ctx, "change the limits", func(ctx context.Context, q *dbsqlc.Queries) error {
		if err := q.LockKey(ctx, limitsKey); err != nil {
			return err
		}
		// What makes room goes first: a rule may take another's key.
		for _, deletions := range []bool{true, false} {
			for _, c := range changes {
				if (c.New == nil) != deletions {
					continue
				}
				if err := changeLimit(ctx, q, c); err != nil {
					return err
				}
			}
		}
		for _, e := range entries {
			if err := addAudit(ctx, q, e); err != nil {
				return err
			}
		}
		return nil
	})
}

func changeLimit(ctx context.Context, q *dbsqlc.Queries, c limit.Change) error {
	var n int64
	var err error
	switch {
	case c.New == nil:
		n, err = q.DeleteLimit(ctx, dbsqlc.DeleteLimitParams{ID: c.Old.ID, OldSetAt: c.Old.SetAt})
	case c.Old != nil:
		n, err = q.UpdateLimit(ctx, dbsqlc.UpdateLimitParams{
			ID: c.Old.ID, OldSetAt: c.Old.SetAt, Value: c.New.Value, Apps: groupsOf(c.New.Apps), Note: c.New.Note,
			SetBy: c.New.SetBy, SetAt: c.New.SetAt,
		})
	default:
		r := c.New
		n = 1
		err = q.InsertLimit(ctx, dbsqlc.InsertLimitParams{
			ID: r.ID, Cluster: r.Scope.Cluster, Queue: r.Scope.Queue, Subject: string(r.Who.Kind), Name: r.Who.Name, Together: r.Together,
			Field: r.Field, GpuType: r.GPUType, Value: r.Value, Apps: groupsOf(r.Apps), Note: r.Note, SetBy: r.SetBy, SetAt: r.SetAt,
		})
		if broke(err, "limits_once") {
			return limit.ErrMoved
		}
	}
	if err == nil && n == 0 {
		return limit.ErrMoved
	}
	return err
}
