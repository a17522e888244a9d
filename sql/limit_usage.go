package sql

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// LimitUsage counts what the owner, and those whom a rule counts together, hold now
// and have used. At's zone is the one whose calendar counts.
func (s *Store) LimitUsage(ctx context.Context, owner string, c limit.Counting, at time.Time) (limit.Usage, error) {
	var used limit.Usage
	err := s.do(ctx, "count what is held", func(ctx context.Context, q *dbsqlc.Queries) (err error) {
		used, err = countHeld(ctx, q, owner, c, at)
		return err
	})
	return used, err
}

func countHeld(ctx context.Context, q *dbsqlc.Queries, owner string, c limit.Counting, at time.Time) (limit.Usage, error) {
	used := limit.Usage{At: at, Together: map[limit.Who]limit.Account{}}
	all := counter{q: q, gpuTime: c.GPUTime}
	all.day, _ = limit.Day.Bounds(at)
	all.week, _ = limit.Week.Bounds(at)
	all.month, _ = limit.Month.Bounds(at)
	all.earliest = zeronull.Timestamptz(limit.Earliest(at))
	var err error
	if used.Own, err = all.account(ctx, limit.Who{Kind: limit.User, Name: owner}); err != nil {
		return used, err
	}
	for _, who := range c.Together {
		if used.Together[who], err = all.account(ctx, who); err != nil {
			return used, err
		}
	}
	return used, nil
}

// counter counts what somebody holds and has used.
type counter struct {
	q                *dbsqlc.Queries
	gpuTime          bool
	day, week, month time.Time
	earliest         zeronull.Timestamptz
}

func (c counter) account(ctx context.Context, who limit.Who) (limit.Account, error) {
	var a limit.Account
	var err error
	switch who.Kind {
	case limit.User:
		a.Held, err = rows(func() ([]dbsqlc.HeldByOwnerRow, error) { return c.q.HeldByOwner(ctx, who.Name) }, heldOf)
	case limit.Group:
		a.Held, err = rows(func() ([]dbsqlc.HeldByGroupRow, error) { return c.q.HeldByGroup(ctx, who.Name) },
			func(r dbsqlc.HeldByGroupRow) limit.Held { return heldOf(dbsqlc.HeldByOwnerRow(r)) })
	case limit.Everyone:
		a.Held, err = rows(func() ([]dbsqlc.HeldByAllRow, error) { return c.q.HeldByAll(ctx) },
			func(r dbsqlc.HeldByAllRow) limit.Held { return heldOf(dbsqlc.HeldByOwnerRow(r)) })
	}
	if err != nil || !c.gpuTime {
		return a, err
	}
	switch who.Kind {
	case limit.User:
		p := dbsqlc.SpentByOwnerParams{Owner: who.Name, Earliest: c.earliest, Day: c.day, Week: c.week, Month: c.month}
		a.Spent, err = rows(func() ([]dbsqlc.SpentByOwnerRow, error) { return c.q.SpentByOwner(ctx, p) }, spentOf)
	case limit.Group:
		p := dbsqlc.SpentByGroupParams{Name: who.Name, Earliest: c.earliest, Day: c.day, Week: c.week, Month: c.month}
		a.Spent, err = rows(func() ([]dbsqlc.SpentByGroupRow, error) { return c.q.SpentByGroup(ctx, p) },
			func(r dbsqlc.SpentByGroupRow) limit.Spent { return spentOf(dbsqlc.SpentByOwnerRow(r)) })
	case limit.Everyone:
		p := dbsqlc.SpentByAllParams{Earliest: c.earliest, Day: c.day, Week: c.week, Month: c.month}
		a.Spent, err = rows(func() ([]dbsqlc.SpentByAllRow, error) { return c.q.SpentByAll(ctx, p) },
			func(r dbsqlc.SpentByAllRow) limit.Spent { return spentOf(dbsqlc.SpentByOwnerRow(r)) })
	}
	return a, err
}

// rows asks and turns each row into ours.
func rows[R, T any](ask func() ([]R, error), turn func(R) T) ([]T, error) {
	found, err := ask()
	if err != nil {
		return nil, err
	}
	out := make([]T, len(found))
	for i, r := range found {
		out[i] = turn(r)
	}
	return out, nil
}

func heldOf(r dbsqlc.HeldByOwnerRow) limit.Held {
	return limit.Held{
		Cluster: r.Cluster, Queue: r.Queue, Waiting: session.State(r.State).Waiting(),
		Resources: batch.Resources{Nodes: r.Nodes, CPUs: r.Cpus, Memory: batch.Bytes(r.Memory), GPUs: r.Gpus, GPUType: r.GpuType},
		TimeLimit: batch.Duration(r.TimeLimit), StartedAt: utc(r.StartedAt),
	}
}

func spentOf(r dbsqlc.SpentByOwnerRow) limit.Spent {
	return limit.Spent{Cluster: r.Cluster, Queue: r.Queue, GPUType: r.GpuType, Day: r.Day, Week: r.Week, Month: r.Month}
}
