package sql

import (
	"context"
	"time"

	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// forgetBatch is how many samples one statement removes.
const forgetBatch = 10_000

// RolledUntil implements usage.RollUpStore.
func (s *Store) RolledUntil(ctx context.Context) (until, first time.Time, err error) {
	err = s.do(ctx, "read which days are kept", func(ctx context.Context, q *dbsqlc.Queries) (err error) {
		if until, err = q.UsageRolledUntil(ctx); err != nil {
			return err
		}
		first, err = q.FirstUsageDay(ctx)
		return err
	})
	return until.UTC(), first.UTC(), err
}

// RollUp implements usage.RollUpStore.
func (s *Store) RollUp(ctx context.Context, first, until time.Time) (rows int64, err error) {
	last := until.AddDate(0, 0, -1)
	err = s.tx(ctx, "keep days", func(ctx context.Context, q *dbsqlc.Queries) (err error) {
		if err := q.LockKey(ctx, lockKey("usage", "days")); err != nil {
			return err
		}
		if err := q.ForgetDays(ctx, dbsqlc.ForgetDaysParams{First: first, Last: last}); err != nil {
			return err
		}
		if rows, err = q.KeepDays(ctx, dbsqlc.KeepDaysParams{First: first, Last: last}); err != nil {
			return err
		}
		return q.SetRolledUntil(ctx, until)
	})
	return rows, err
}

// ForgetUse implements usage.RollUpStore. Days are those before a time's own.
func (s *Store) ForgetUse(ctx context.Context, samples, days time.Time) (gone, daysGone int64, err error) {
	for n := int64(forgetBatch); n == forgetBatch && !samples.IsZero(); gone += n {
		err := s.do(ctx, "forget samples", func(ctx context.Context, q *dbsqlc.Queries) (err error) {
			n, err = q.PurgeSamples(ctx, dbsqlc.PurgeSamplesParams{Before: samples, Most: forgetBatch})
			return err
		})
		if err != nil {
			return gone, 0, err
		}
	}
	if days.IsZero() {
		return gone, 0, nil
	}
	err = s.do(ctx, "forget days", func(ctx context.Context, q *dbsqlc.Queries) (err error) {
		daysGone, err = q.ForgetDaysBefore(ctx, days)
		return err
	})
	return gone, daysGone, err
}

// VeilNames implements usage.RollUpStore, in one transaction.
func (s *Store) VeilNames(ctx context.Context, before time.Time, pseudonym func(string) string) (people int, err error) {
	err = s.tx(ctx, "replace names", func(ctx context.Context, q *dbsqlc.Queries) error {
		names, err := q.NamesBefore(ctx, before)
		if err != nil {
			return err
		}
		for _, name := range names {
			if _, err := q.VeilName(ctx, dbsqlc.VeilNameParams{Pseudonym: pseudonym(name), Name: name, Before: before}); err != nil {
				return err
			}
		}
		people = len(names)
		return nil
	})
	return people, err
}
