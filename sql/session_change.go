package sql

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// Change implements session.Store; ErrNotFound if there is no such row at all.
// ID, Owner, Name and CreatedAt are never written.
func (s *Store) Change(ctx context.Context, changed session.Session, ev session.Evidence) (session.Session, error) {
	return s.change(ctx, changed, ev, func(context.Context, *dbsqlc.Queries) error { return nil })
}

// change is Change with something more in its transaction.
func (s *Store) change(
	ctx context.Context, changed session.Session, ev session.Evidence, more func(context.Context, *dbsqlc.Queries) error,
) (session.Session, error) {
	var now session.Session
	err := s.tx(ctx, "change a session", func(ctx context.Context, q *dbsqlc.Queries) error {
		row, err := q.UpdateSession(ctx, updateOf(rowOf(changed)))
		if errors.Is(err, pgx.ErrNoRows) {
			return moved(ctx, q, changed.ID)
		}
		if err != nil {
			return err
		}
		now = sessionOf(row)
		if err := more(ctx, q); err != nil {
			return err
		}
		return record(ctx, q, now.ID, ev)
	})
	if err != nil {
		return session.Session{}, err
	}
	return now, nil
}

// moved says why no row has that id and version.
func moved(ctx context.Context, q *dbsqlc.Queries, id session.ID) error {
	there, err := q.SessionExists(ctx, string(id))
	switch {
	case err != nil:
		return err
	case there:
		return session.ErrMoved
	}
	return session.ErrNotFound
}

// record writes the evidence and announces the change, in the transaction of q.
func record(ctx context.Context, q *dbsqlc.Queries, id session.ID, ev session.Evidence) error {
	if ev.Event != "" {
		if err := q.AddEvent(ctx, eventOf(id, ev)); err != nil {
			return err
		}
	}
	return q.Notify(ctx, []string{Notice{Kind: SessionChanged, ID: string(id)}.payload()})
}

func updateOf(r dbsqlc.Session) dbsqlc.UpdateSessionParams {
	return dbsqlc.UpdateSessionParams{
		ID: r.ID, Version: r.Version,
		App: r.App, Cluster: r.Cluster, Queue: r.Queue, Account: r.Account, Qos: r.Qos,
		Nodes: r.Nodes, Cpus: r.Cpus, Memory: r.Memory, Gpus: r.Gpus, GpuType: r.GpuType, TimeLimit: r.TimeLimit,
		State: r.State, Attempt: r.Attempt,
		JobID: r.JobID, JobState: r.JobState, JobNative: r.JobNative, JobReason: r.JobReason, Node: r.Node,
		EstimatedStart: r.EstimatedStart, MissingSince: r.MissingSince, MissingPolls: r.MissingPolls,
		AgentSince: r.AgentSince, AgentLost: r.AgentLost, ClaimHash: r.ClaimHash,
		QueuedAt: r.QueuedAt, StartedAt: r.StartedAt, ReadyAt: r.ReadyAt, EndedAt: r.EndedAt,
		StopReason: r.StopReason, StoppedBy: r.StoppedBy, Reason: r.Reason, Detail: r.Detail,
		ExitCode: r.ExitCode, Signal: r.Signal, HeldUntil: r.HeldUntil,
	}
}
