package sql

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// keptAnnouncements is how long one that is over stays in the list.
const keptAnnouncements = 30 * 24 * time.Hour

// AddAnnouncement implements admin.AnnouncementStore.
func (s *Store) AddAnnouncement(ctx context.Context, a admin.Announcement, e admin.Entry) error {
	return s.tx(ctx, "announce", func(ctx context.Context, q *dbsqlc.Queries) error {
		err := q.AddAnnouncement(ctx, dbsqlc.AddAnnouncementParams{
			ID: a.ID, Severity: string(a.Severity), Text: clean(a.Text, maxText), Cluster: a.Cluster, Queue: a.Queue,
			FromAt: a.From, UntilAt: zeronull.Timestamptz(a.Until), SetBy: clean(a.SetBy, maxText), SetAt: orNow(a.SetAt),
		})
		if err != nil {
			return err
		}
		return addAudit(ctx, q, e)
	})
}

// DropAnnouncement implements admin.AnnouncementStore.
func (s *Store) DropAnnouncement(ctx context.Context, id string, e admin.Entry) error {
	return s.tx(ctx, "withdraw an announcement", func(ctx context.Context, q *dbsqlc.Queries) error {
		n, err := q.DeleteAnnouncement(ctx, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return admin.ErrNoAnnouncement
		}
		return addAudit(ctx, q, e)
	})
}

// Announcements implements admin.AnnouncementStore.
func (s *Store) Announcements(ctx context.Context, now time.Time) ([]admin.Announcement, error) {
	var list []admin.Announcement
	err := s.do(ctx, "read announcements", func(ctx context.Context, q *dbsqlc.Queries) error {
		rows, err := q.Announcements(ctx, now.Add(-keptAnnouncements))
		for _, r := range rows {
			list = append(list, admin.Announcement{
				ID: r.ID, Severity: admin.Severity(r.Severity), Text: r.Text, Cluster: r.Cluster, Queue: r.Queue,
				From: r.FromAt.UTC(), Until: utc(r.UntilAt), SetBy: r.SetBy, SetAt: r.SetAt.UTC(),
			})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}
