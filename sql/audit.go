package sql

import (
	"context"
	"time"

	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// AuditEntry is something that an admin did, or that was done on behalf of
// somebody else. Entries are only added. Text is cut at 4 KiB.
type AuditEntry struct {
	ID      int64     // rising; assigned
	At      time.Time // zero: now
	By      string    // account name, or the name of a cron job
	Action  string    // "session.stop", say; never ""
	Target  string    // whom or what it was done to
	Detail  string    // in words, no secrets
	Address string    // where the request came from; "" for none
}

// AuditFilter chooses entries. Zero values choose all.
type AuditFilter struct {
	By, Target string
	Before     int64 // only entries with a smaller ID: the page after this one
	Limit      int   // 0: 100
}

// Audit adds an entry to the audit log.
func (s *Store) Audit(ctx context.Context, e AuditEntry) error {
	return s.do(ctx, "write the audit log", func(ctx context.Context, q *dbsqlc.Queries) error {
		return q.AddAudit(ctx, dbsqlc.AddAuditParams{
			At: orNow(e.At), By: clean(e.By, maxText), Action: clean(e.Action, maxText),
			Target: clean(e.Target, maxText), Detail: clean(e.Detail, maxText), Address: clean(e.Address, maxText),
		})
	})
}

// AuditLog reads entries, newest first.
func (s *Store) AuditLog(ctx context.Context, f AuditFilter) ([]AuditEntry, error) {
	most := int64(f.Limit)
	if most <= 0 {
		most = defaultList
	}
	var entries []AuditEntry
	err := s.do(ctx, "read the audit log", func(ctx context.Context, q *dbsqlc.Queries) error {
		rows, err := q.AuditLog(ctx, dbsqlc.AuditLogParams{By: f.By, Target: f.Target, Before: f.Before, Most: most})
		for _, r := range rows {
			entries = append(entries, AuditEntry{
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
