package sql

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// Get implements session.Store.
func (s *Store) Get(ctx context.Context, id session.ID) (session.Session, error) {
	return s.one(ctx, func(ctx context.Context, q *dbsqlc.Queries) (dbsqlc.Session, error) {
		return q.Session(ctx, string(id))
	})
}

// ByName implements session.Store.
func (s *Store) ByName(ctx context.Context, owner, name string) (session.Session, error) {
	return s.one(ctx, func(ctx context.Context, q *dbsqlc.Queries) (dbsqlc.Session, error) {
		return q.SessionAtPath(ctx, dbsqlc.SessionAtPathParams{Owner: owner, Name: name})
	})
}

func (s *Store) one(
	ctx context.Context, query func(context.Context, *dbsqlc.Queries) (dbsqlc.Session, error),
) (found session.Session, err error) {
	err = s.do(ctx, "read a session", func(ctx context.Context, q *dbsqlc.Queries) error {
		row, err := query(ctx, q)
		if errors.Is(err, pgx.ErrNoRows) {
			return session.ErrNotFound
		}
		found = sessionOf(row)
		return err
	})
	if err != nil {
		return session.Session{}, err
	}
	return found, nil
}
