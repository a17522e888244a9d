package sql

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/berth-hpc/berth/gateway/notify"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

var _ notify.Store = (*Store)(nil)

// CollectNotices implements notify.Store.
func (s *Store) CollectNotices(ctx context.Context, channels []string, since, now time.Time) (made int, err error) {
	err = s.do(ctx, "collect notices", func(ctx context.Context, q *dbsqlc.Queries) error {
		n, err := q.CollectNotices(ctx, dbsqlc.CollectNoticesParams{
			Now: now, Channels: channels, Since: since, Unexpected: notify.Unexpected(),
		})
		made = int(n)
		return err
	})
	return made, err
}

// TakeNotices implements notify.Store.
func (s *Store) TakeNotices(ctx context.Context, channels []string, now, hold time.Time, most int) (due []notify.Notice, err error) {
	err = s.do(ctx, "take notices", func(ctx context.Context, q *dbsqlc.Queries) error {
		rows, err := q.TakeNotices(ctx, dbsqlc.TakeNoticesParams{
			Now: now, Channels: channels, Most: int64(most), HoldUntil: zeronull.Timestamptz(hold),
		})
		for _, r := range rows {
			n := notify.Notice{
				Session: session.ID(r.SessionID), Event: r.EventID, Channel: r.Channel, Tries: r.Tries,
				Kind: notify.Kind(r.Event), Owner: r.Owner, Mail: r.Mail, Name: r.Name, App: r.App, Node: r.Node,
				Text: r.Text, At: r.At.UTC(),
			}
			switch session.State(r.ToState) {
			case session.Ended:
				n.Kind, n.Reason = notify.Ended, session.EndReason(r.Reason)
			case session.Ready:
				if n.Kind != notify.EndsSoon && n.Kind != notify.IdleSoon {
					n.Kind = notify.Ready
				}
			}
			due = append(due, n)
		}
		return err
	})
	return due, err
}

// NoticeDone implements notify.Store.
func (s *Store) NoticeDone(ctx context.Context, n notify.Notice, o notify.Outcome) error {
	return s.do(ctx, "note a notice's outcome", func(ctx context.Context, q *dbsqlc.Queries) error {
		return q.NoticeDone(ctx, dbsqlc.NoticeDoneParams{
			SessionID: string(n.Session), EventID: n.Event, Channel: n.Channel, Failure: clean(o.Failure, maxText),
			SentAt: zeronull.Timestamptz(o.SentAt), DueAt: zeronull.Timestamptz(o.AgainAt),
		})
	})
}

// WantsMail says whether the person asked for mail.
func (s *Store) WantsMail(ctx context.Context, owner string) (wants bool, err error) {
	err = s.do(ctx, "read who wants mail", func(ctx context.Context, q *dbsqlc.Queries) (err error) {
		wants, err = q.WantsMail(ctx, owner)
		return err
	})
	return wants, err
}

// SetWantsMail keeps whether the person wants mail.
func (s *Store) SetWantsMail(ctx context.Context, owner string, wants bool) error {
	return s.do(ctx, "keep who wants mail", func(ctx context.Context, q *dbsqlc.Queries) error {
		return q.SetWantsMail(ctx, dbsqlc.SetWantsMailParams{Owner: owner, Mail: wants})
	})
}
