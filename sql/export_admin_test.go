package sql

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// Explained is a query of a list with its values, and the plan that the server
// made for it.
type Explained struct{ Query, Plan string }

// Explain makes the store's lists note their plans in seen.
func (s *Store) Explain(seen *[]Explained) { s.lists = explaining{fresh{s.pool}, seen} }

// explaining asks for the plan of each query before it is run.
type explaining struct {
	dbsqlc.DBTX
	seen *[]Explained
}

func (e explaining) Query(ctx context.Context, query string, args ...any) (pgx.Rows, error) {
	rows, err := e.DBTX.Query(ctx, "explain "+query, args...)
	if err != nil {
		return nil, err
	}
	plan := ""
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return nil, err
		}
		plan += line + "\n"
	}
	if rows.Err() != nil {
		return nil, rows.Err()
	}
	*e.seen = append(*e.seen, Explained{query, plan})
	return e.DBTX.Query(ctx, query, args...)
}
