package sql

import (
	"context"

	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// Audit adds an entry to the audit log.
func (s *Store) Audit(ctx context.Context, e admin.Entry) error {
	return s.do(ctx, "write the audit log", func(ctx context.Context, q *dbsqlc.Queries) error {
		return addAudit(ctx, q, e)
	})
}

// addAudit adds the entry in the transaction of what it is about.
func addAudit(ctx context.Context, q *dbsqlc.Queries, e admin.Entry) error {
	return q.AddAudit(ctx, dbsqlc.AddAuditParams{
		At: orNow(e.At), By: clean(e.By, maxText), Action: clean(e.Action, maxText),
		Target: clean(e.Target, maxText), Detail: clean(e.Detail, maxText), Address: clean(e.Address, maxText),
	})
}

// AuditLog implements admin.AuditReader.
func (s *Store) AuditLog(ctx context.Context, f admin.AuditFilter) ([]admin.Entry, error) {
	var entries []admin.Entry
	err := s.find(ctx, "read the audit log", func(ctx context.Context, q *dbsqlc.Queries) error {
		rows, err := q.AuditLog(ctx, dbsqlc.AuditLogParams{
			By: f.By, Action: f.Action, Target: f.Target, Before: f.Before, Most: most(f.Limit),
			Since: zeronull.Timestamptz(f.Since), Until: zeronull.Timestamptz(f.Until),
		})
		for _, r := range rows {
			entries = append(entries, admin.Entry{
				ID: r.ID, At: r.At.UTC(), By: r.By, Action: r.Action, Target: r.Target, Detail: r.Detail, Address: r.Address,
			})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return entries, nil
}

// most is how many rows a list has at most.
func most(limit int) int64 {
	if limit <= 0 {
		return defaultList
	}
	return int64(limit)
}
