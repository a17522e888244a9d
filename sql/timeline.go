package sql

import (
	"context"
	"slices"

	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// maxTimeline is how much of a timeline is read: the newest.
const maxTimeline = 1000

// Timeline implements session.Store. Of a longer timeline it reads the newest
// 1,000 entries. A session that does not exist has none.
func (s *Store) Timeline(ctx context.Context, id session.ID) ([]session.Evidence, error) {
	var rows []dbsqlc.TimelineRow
	err := s.do(ctx, "read a timeline", func(ctx context.Context, q *dbsqlc.Queries) (err error) {
		rows, err = q.Timeline(ctx, dbsqlc.TimelineParams{SessionID: string(id), Most: maxTimeline})
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]session.Evidence, len(rows))
	for i, r := range rows {
		out[i] = session.Evidence{
			At: r.At.UTC(), Source: session.Source(r.Source), Event: session.Event(r.Event),
			From: session.State(r.FromState), To: session.State(r.ToState), By: r.By, Text: r.Text,
		}
	}
	slices.Reverse(out)
	return out, nil
}

func eventOf(id session.ID, ev session.Evidence) dbsqlc.AddEventParams {
	return dbsqlc.AddEventParams{
		SessionID: string(id),
		At:        orNow(ev.At),
		Source:    string(ev.Source),
		Event:     string(ev.Event),
		FromState: string(ev.From),
		ToState:   string(ev.To),
		By:        clean(ev.By, maxText),
		Text:      clean(ev.Text, maxText),
	}
}
