package sql

import (
	"context"
	"time"

	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// SessionGroup is live sessions that are alike.
type SessionGroup struct {
	Cluster, Queue, App, State, GPUType string
	Sessions                            int
	GPUs                                int // of all of them together
}

// CountSessions counts the live sessions.
func (s *Store) CountSessions(ctx context.Context) (groups []SessionGroup, err error) {
	err = s.do(ctx, "count sessions", func(ctx context.Context, q *dbsqlc.Queries) error {
		rows, err := q.CountSessions(ctx)
		for _, r := range rows {
			groups = append(groups, SessionGroup{
				Cluster: r.Cluster, Queue: r.Queue, App: r.App, State: r.State, GPUType: r.GpuType,
				Sessions: int(r.Sessions), GPUs: int(r.Gpus),
			})
		}
		return err
	})
	return groups, err
}

// CountActivePeople counts who has ever signed in, and who has signed in or had a
// session since then.
func (s *Store) CountActivePeople(ctx context.Context, since time.Time) (all, active int, err error) {
	err = s.do(ctx, "count people", func(ctx context.Context, q *dbsqlc.Queries) error {
		r, err := q.CountActivePeople(ctx, since)
		all, active = int(r.Everybody), int(r.Active)
		return err
	})
	return all, active, err
}

// PoolState is the state of the pool of connections.
type PoolState struct {
	Used, Idle, Max int
	Waits           int64 // times that a connection was waited for
}

// Pool says how the pool of connections does.
func (s *Store) Pool() PoolState {
	p := s.pool.Stat()
	return PoolState{
		Used: int(p.AcquiredConns()), Idle: int(p.IdleConns()), Max: int(p.MaxConns()), Waits: p.EmptyAcquireCount(),
	}
}
