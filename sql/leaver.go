package sql

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/berth-hpc/berth/gateway/leaver"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

var _ leaver.Store = (*Store)(nil)

// Holders implements leaver.Store.
func (s *Store) Holders(ctx context.Context) (people []leaver.Person, err error) {
	err = s.do(ctx, "list who has something here", func(ctx context.Context, q *dbsqlc.Queries) error {
		rows, err := q.Holders(ctx)
		for _, r := range rows {
			people = append(people, leaver.Person{Name: r.Name, GoneSince: utc(r.GoneSince)})
		}
		return err
	})
	return people, err
}

// SetGone implements leaver.Store.
func (s *Store) SetGone(ctx context.Context, name string, since time.Time) error {
	return s.do(ctx, "note who is gone", func(ctx context.Context, q *dbsqlc.Queries) error {
		return q.SetGone(ctx, dbsqlc.SetGoneParams{Name: name, Since: zeronull.Timestamptz(since)})
	})
}

// RefreshUser implements leaver.Store.
func (s *Store) RefreshUser(ctx context.Context, u login.User) (changed bool, err error) {
	row := saveOf(u, time.Time{})
	err = s.tx(ctx, "refresh a person", func(ctx context.Context, q *dbsqlc.Queries) error {
		n, err := q.RefreshUser(ctx, dbsqlc.RefreshUserParams{
			Name: row.Name, DisplayName: row.DisplayName, Mail: row.Mail, Groups: row.Groups, Admin: row.Admin,
		})
		if err != nil || n == 0 {
			return err
		}
		changed = true
		return q.Notify(ctx, []string{Notice{Kind: LoginChanged, ID: u.Name}.payload()})
	})
	return changed, err
}
