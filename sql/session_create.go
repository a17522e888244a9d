package sql

import (
	"context"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// Create implements session.Store. A taken name is said before admit is asked,
// so that a button pressed twice is told of the session that it made. The
// session's Version is set to 1, and CreatedAt to now if it is zero. What admit
// returns is returned as it is.
func (s *Store) Create(
	ctx context.Context, asked session.Session, ev session.Evidence, admit func(limit.Usage) error,
) (session.Session, error) {
	asked.Version = 1
	asked.CreatedAt = orNow(asked.CreatedAt)
	var made session.Session
	var refused error
	err := s.tx(ctx, "create a session", func(ctx context.Context, q *dbsqlc.Queries) error {
		if err := q.LockKey(ctx, lockKey("owner", asked.Owner)); err != nil {
			return err
		}
		held, err := q.Held(ctx, asked.Owner)
		if err != nil {
			return err
		}
		for _, h := range held {
			if h.Name == asked.Name {
				return session.ErrNameTaken
			}
		}
		if refused = admit(usageOf(held)); refused != nil {
			return refused
		}
		row, err := q.InsertSession(ctx, dbsqlc.InsertSessionParams(rowOf(asked)))
		if broke(err, "sessions_live_name") { // somebody who does not take the lock
			return session.ErrNameTaken
		}
		if err != nil {
			return err
		}
		made = sessionOf(row)
		return record(ctx, q, made.ID, ev)
	})
	switch {
	case refused != nil:
		return session.Session{}, refused
	case err != nil:
		return session.Session{}, err
	}
	return made, nil
}

func usageOf(rows []dbsqlc.HeldRow) limit.Usage {
	usage := make(limit.Usage, len(rows))
	for i, r := range rows {
		state := session.State(r.State)
		usage[i] = limit.Held{
			Cluster: r.Cluster,
			Queue:   r.Queue,
			Waiting: state == session.Requested || state == session.Queued,
			Resources: batch.Resources{
				Nodes: r.Nodes, CPUs: r.Cpus, Memory: batch.Bytes(r.Memory), GPUs: r.Gpus, GPUType: r.GpuType,
			},
		}
	}
	return usage
}
