package sql

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// bounded gives the context a deadline if it has none.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, callTimeout)
}

// do runs queries one by one. What says in words what is being done, for the
// error.
func (s *Store) do(ctx context.Context, what string, fn func(context.Context, *dbsqlc.Queries) error) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	return fault(ctx, what, fn(ctx, dbsqlc.New(s.pool)))
}

// tx runs queries in one transaction, which is rolled back when fn fails.
func (s *Store) tx(ctx context.Context, what string, fn func(context.Context, *dbsqlc.Queries) error) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	return fault(ctx, what, pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		return fn(ctx, dbsqlc.New(tx))
	}))
}
