package sql

import (
	"context"

	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

const defaultList = 100

// List implements session.Store with one query.
func (s *Store) List(ctx context.Context, f session.Filter) ([]session.Session, error) {
	var rows []dbsqlc.Session
	err := s.do(ctx, "list sessions", func(ctx context.Context, q *dbsqlc.Queries) (err error) {
		rows, err = list(ctx, q, f)
		return err
	})
	if err != nil {
		return nil, err
	}
	return sessionsOf(rows), nil
}

func list(ctx context.Context, q *dbsqlc.Queries, f session.Filter) ([]dbsqlc.Session, error) {
	most := int64(f.Limit)
	if most <= 0 {
		most = defaultList
	}
	if !f.Live {
		if f.Owner != "" {
			return q.RecentSessionsOf(ctx, dbsqlc.RecentSessionsOfParams{Owner: f.Owner, Cluster: f.Cluster, Most: most})
		}
		return q.RecentSessions(ctx, dbsqlc.RecentSessionsParams{Cluster: f.Cluster, Most: most})
	}
	var bound *int64
	if f.Limit > 0 {
		bound = &most
	}
	if f.Owner != "" {
		return q.LiveSessionsOf(ctx, dbsqlc.LiveSessionsOfParams{Owner: f.Owner, Cluster: f.Cluster, Most: bound})
	}
	return q.LiveSessions(ctx, dbsqlc.LiveSessionsParams{Cluster: f.Cluster, Most: bound})
}
