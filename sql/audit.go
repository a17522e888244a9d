package sql

import (
	"context"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// AuditFilter chooses entries. Zero values choose all.
type AuditFilter struct {
	By, Target string
	Before     int64 // only entries with a smaller ID: the page after this one
	Limit      int   // 0: 100
}

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

// AuditLog reads entries, newest first.
func (s *Store) AuditLog(ctx context.Context, f AuditFilter) ([]admin.Entry, error) {
	most := int64(f.Limit)
	if most <= 0 {
		most = defaultList
	}
	var entries []admin.Entry
	err := s.do(ctx, "read the audit log", func(ctx context.Context, q *dbsqlc.Queries) error {
		rows, err := q.AuditLog(ctx, dbsqlc.AuditLogParams{By: f.By, Target: f.Target, Before: f.Before, Most: most})
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
