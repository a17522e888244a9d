package sql

import (
	"context"
	"time"

	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// maxKey is how much of a failure's key tells it from others.
const maxKey = 512

// RecordFailure implements login.FailureStore.
func (s *Store) RecordFailure(ctx context.Context, key string, at time.Time) error {
	return s.do(ctx, "record a failed sign-in", func(ctx context.Context, q *dbsqlc.Queries) error {
		return q.RecordFailure(ctx, dbsqlc.RecordFailureParams{Key: clean(key, maxKey), At: at})
	})
}

// CountFailures implements login.FailureStore.
func (s *Store) CountFailures(ctx context.Context, key string, since time.Time) (int, error) {
	var n int64
	err := s.do(ctx, "count failed sign-ins", func(ctx context.Context, q *dbsqlc.Queries) (err error) {
		n, err = q.CountFailures(ctx, dbsqlc.CountFailuresParams{Key: clean(key, maxKey), Since: since})
		return err
	})
	return int(n), err
}
