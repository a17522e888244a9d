package sql

import (
	"context"
	"time"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// CreateGrant implements admin.GrantStore.
func (s *Store) CreateGrant(ctx context.Context, g admin.Grant, e admin.Entry, ev session.Evidence) error {
	return s.tx(ctx, "grant a look at a session", func(ctx context.Context, q *dbsqlc.Queries) error {
		err := q.AddGrant(ctx, dbsqlc.AddGrantParams{
			SessionID: string(g.Session), Admin: g.Admin, Reason: clean(g.Reason, maxText), FromAt: g.From, UntilAt: g.Until,
		})
		if broke(err, "session_grants_session_id_fkey") {
			return session.ErrNotFound
		}
		if err != nil {
			return err
		}
		if err := addAudit(ctx, q, e); err != nil {
			return err
		}
		return record(ctx, q, g.Session, ev)
	})
}

// EndGrants implements admin.GrantStore.
func (s *Store) EndGrants(
	ctx context.Context, id session.ID, who string, at time.Time, e admin.Entry, ev session.Evidence,
) (int, error) {
	var n int64
	err := s.tx(ctx, "end a look at a session", func(ctx context.Context, q *dbsqlc.Queries) (err error) {
		n, err = q.EndGrants(ctx, dbsqlc.EndGrantsParams{SessionID: string(id), Admin: who, At: at})
		if err != nil || n == 0 {
			return err
		}
		if err := addAudit(ctx, q, e); err != nil {
			return err
		}
		return record(ctx, q, id, ev)
	})
	return int(n), err
}

// OpenGrants implements admin.GrantStore.
func (s *Store) OpenGrants(ctx context.Context, id session.ID, who string, at time.Time) ([]admin.Grant, error) {
	var grants []admin.Grant
	err := s.do(ctx, "read who may open a session", func(ctx context.Context, q *dbsqlc.Queries) error {
		rows, err := q.OpenGrants(ctx, dbsqlc.OpenGrantsParams{SessionID: string(id), Admin: who, At: at})
		for _, r := range rows {
			grants = append(grants, admin.Grant{
				ID: r.ID, Session: session.ID(r.SessionID), Admin: r.Admin, Reason: r.Reason,
				From: r.FromAt.UTC(), Until: r.UntilAt.UTC(),
			})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return grants, nil
}
