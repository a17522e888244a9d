package sql

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// fresh asks so that the server plans each query anew, with its values known.
// Lists with many optional conditions need that: the plan that suits all values
// would read the whole table.
type fresh struct{ db dbsqlc.DBTX }

func (f fresh) Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error) {
	return f.db.Exec(ctx, query, anew(args)...)
}

func (f fresh) Query(ctx context.Context, query string, args ...any) (pgx.Rows, error) {
	return f.db.Query(ctx, query, anew(args)...)
}

func (f fresh) QueryRow(ctx context.Context, query string, args ...any) pgx.Row {
	return f.db.QueryRow(ctx, query, anew(args)...)
}

// anew puts the mode in front of the values, where pgx looks for it.
func anew(args []any) []any {
	return append([]any{pgx.QueryExecModeCacheDescribe}, args...)
}

// find is do for such lists.
func (s *Store) find(ctx context.Context, what string, fn func(context.Context, *dbsqlc.Queries) error) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	return fault(ctx, what, fn(ctx, dbsqlc.New(s.lists)))
}
