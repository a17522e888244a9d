package sql

import (
	"context"
	"strings"
	"time"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// FindSessions implements admin.SessionStore.
func (s *Store) FindSessions(ctx context.Context, f admin.SessionFilter) ([]session.Session, error) {
	p := dbsqlc.FindSessionsParams{
		Owner: f.Owner, Cluster: f.Cluster, Queue: f.Queue, Node: f.Node, Words: strings.TrimSpace(f.Text),
		States: []string{}, AfterID: string(f.After.ID), AfterAt: f.After.At, Most: most(f.Limit),
	}
	switch f.State {
	case admin.AnyState:
	case admin.Live:
		p.Live = true
	case admin.Waiting:
		p.Live, p.States = true, []string{string(session.Requested), string(session.Queued)}
	case admin.Failed:
		p.Failed = true
	default:
		p.Live, p.States = f.State != string(session.Ended), []string{f.State}
	}
	var rows []dbsqlc.Session
	err := s.find(ctx, "find sessions", func(ctx context.Context, q *dbsqlc.Queries) (err error) {
		rows, err = q.FindSessions(ctx, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return sessionsOf(rows), nil
}

// Census implements admin.SessionStore.
func (s *Store) Census(ctx context.Context, since time.Time) (admin.Census, error) {
	c := admin.Census{States: map[session.State]int{}, Ended: map[session.EndReason]int{}, Since: since}
	err := s.do(ctx, "count sessions", func(ctx context.Context, q *dbsqlc.Queries) error {
		states, err := q.CountLive(ctx)
		if err != nil {
			return err
		}
		for _, r := range states {
			c.States[session.State(r.State)] = int(r.Count)
		}
		held, err := q.HeldNow(ctx)
		if err != nil {
			return err
		}
		for _, r := range held {
			c.Held = append(c.Held, admin.Held{
				Cluster: r.Cluster, Queue: r.Queue, GPUType: r.GpuType,
				Sessions: int(r.Sessions), GPUs: int(r.Gpus), CPUs: int(r.Cpus),
			})
		}
		ended, err := q.EndedSince(ctx, since)
		if err != nil {
			return err
		}
		for _, r := range ended {
			c.Ended[session.EndReason(r.Reason)] = int(r.Count)
		}
		people, err := q.CountOwners(ctx)
		c.People = int(people)
		return err
	})
	return c, err
}

// audited is a Store that writes an entry with a session's stop.
type audited struct {
	*Store
	entry admin.Entry
}

// Audited implements admin.SessionStore.
func (s *Store) Audited(e admin.Entry) session.Store { return audited{s, e} }

// Change implements session.Store.
func (a audited) Change(ctx context.Context, changed session.Session, ev session.Evidence) (session.Session, error) {
	if ev.Event != session.EvStop {
		return a.Store.Change(ctx, changed, ev)
	}
	return a.change(ctx, changed, ev, func(ctx context.Context, q *dbsqlc.Queries) error { return addAudit(ctx, q, a.entry) })
}
