package sql

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// purgeBatch is how many sessions or logs one transaction removes; each log may
// have 2,000 lines.
const purgeBatch = 50

// Retention says until when things are forgotten. A zero time keeps all.
type Retention struct {
	Sessions time.Time // that ended before, with timeline and log
	Logs     time.Time // of sessions that ended before
	Logins   time.Time // that expired before
	Tokens   time.Time // that expired before
	Failures time.Time // to sign in, before
	Audit    time.Time // entries before
	Runs     time.Time // of recurring jobs, before
}

// Purged says how many rows of each a purge has removed.
type Purged struct{ Sessions, Logs, Logins, Tokens, Failures, Audit, Runs int64 }

// Purge forgets. Live sessions stay, whatever their age. Each batch has a time
// limit of its own, so that without a deadline of ctx's it goes on to the end.
// After an error it says what was removed until then.
func (s *Store) Purge(ctx context.Context, r Retention) (p Purged, err error) {
	for _, step := range []struct {
		before time.Time
		count  *int64
		batch  func(context.Context, *dbsqlc.Queries) (int64, error)
	}{
		{r.Sessions, &p.Sessions, func(ctx context.Context, q *dbsqlc.Queries) (int64, error) {
			return q.PurgeSessions(ctx, dbsqlc.PurgeSessionsParams{Before: r.Sessions, Most: purgeBatch})
		}},
		{r.Logs, &p.Logs, func(ctx context.Context, q *dbsqlc.Queries) (int64, error) {
			return q.PurgeLogs(ctx, dbsqlc.PurgeLogsParams{Before: r.Logs, Most: purgeBatch})
		}},
		{r.Logins, &p.Logins, func(ctx context.Context, q *dbsqlc.Queries) (int64, error) {
			return q.PurgeLogins(ctx, r.Logins)
		}},
		{r.Tokens, &p.Tokens, func(ctx context.Context, q *dbsqlc.Queries) (int64, error) {
			return q.PurgeTokens(ctx, zeronull.Timestamptz(r.Tokens))
		}},
		{r.Failures, &p.Failures, func(ctx context.Context, q *dbsqlc.Queries) (int64, error) {
			return q.PurgeFailures(ctx, r.Failures)
		}},
		{r.Audit, &p.Audit, func(ctx context.Context, q *dbsqlc.Queries) (int64, error) {
			return q.PurgeAudit(ctx, dbsqlc.PurgeAuditParams{Before: r.Audit, Most: 100 * purgeBatch})
		}},
		{r.Runs, &p.Runs, func(ctx context.Context, q *dbsqlc.Queries) (int64, error) {
			return q.PurgeCronRuns(ctx, dbsqlc.PurgeCronRunsParams{Before: r.Runs, Most: 100 * purgeBatch})
		}},
	} {
		for !step.before.IsZero() {
			var n int64
			err := s.tx(ctx, "purge", func(ctx context.Context, q *dbsqlc.Queries) (err error) {
				if err := q.AllowPurge(ctx); err != nil {
					return err
				}
				n, err = step.batch(ctx, q)
				return err
			})
			if err != nil {
				return p, err
			}
			*step.count += n
			if n == 0 {
				break
			}
		}
	}
	return p, nil
}
