package sql

import (
	"context"
	"slices"

	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// Create implements session.Store. A taken name is said before the limits are
// asked, so that a button pressed twice is told of the session that it made. The
// session's Version is set to 1, and CreatedAt to now if it is zero. A refusal
// is returned as it is.
func (s *Store) Create(
	ctx context.Context, asked session.Session, ev session.Evidence, ask limit.Admission,
) (session.Session, error) {
	asked.Version = 1
	asked.CreatedAt = orNow(asked.CreatedAt)
	var made session.Session
	var refused error
	err := s.tx(ctx, "create a session", func(ctx context.Context, q *dbsqlc.Queries) error {
		set, counting, err := lockLimits(ctx, q, asked.Owner, ask)
		if err != nil {
			return err
		}
		names, err := q.LiveNames(ctx, asked.Owner)
		if err != nil {
			return err
		}
		if slices.Contains(names, asked.Name) {
			return session.ErrNameTaken
		}
		used, err := countHeld(ctx, q, asked.Owner, counting, ask.At)
		if err != nil {
			return err
		}
		if refused = ask.Decide(set, used); refused != nil {
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

// lockLimits reads the rules that could concern the person and locks all that
// they count: what the person holds, and what those hold whom a rule counts
// together. Locks are taken in the order of their keys, so that nobody waits
// in a circle. The rules themselves are locked first, against changes.
func lockLimits(
	ctx context.Context, q *dbsqlc.Queries, owner string, ask limit.Admission,
) (limit.Set, limit.Counting, error) {
	if err := q.LockKeyShared(ctx, limitsKey); err != nil {
		return limit.Set{}, limit.Counting{}, err
	}
	set, err := limitsFor(ctx, q, ask.Who, ask.At)
	if err != nil {
		return set, limit.Counting{}, err
	}
	counting := ask.Counting(set)
	keys := []int64{lockKey("owner", owner)}
	for _, who := range counting.Together {
		keys = append(keys, lockKey("together", who.String()))
	}
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		if err := q.LockKey(ctx, key); err != nil {
			return set, counting, err
		}
	}
	return set, counting, nil
}
