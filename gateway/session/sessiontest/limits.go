package sessiontest

import (
	"context"
	"slices"
	"time"

	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
)

// SetLimits sets the rules and maintenance windows.
func (m *Store) SetLimits(set limit.Set) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.set = set
}

// LimitsFor implements session.Limits.
func (m *Store) LimitsFor(context.Context, limit.Subject, time.Time) (limit.Set, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.set, m.fail
}

// Maintenance reads the windows that end after the time.
func (m *Store) Maintenance(_ context.Context, after time.Time) ([]limit.Window, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	windows := slices.DeleteFunc(slices.Clone(m.set.Maintenance), func(w limit.Window) bool { return !w.Until.After(after) })
	return windows, m.fail
}

// LimitUsage implements session.Limits.
func (m *Store) LimitUsage(_ context.Context, owner string, c limit.Counting, at time.Time) (limit.Usage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.usage(owner, c, at), m.fail
}

func (m *Store) usage(owner string, c limit.Counting, at time.Time) limit.Usage {
	used := limit.Usage{At: at, Own: m.account(limit.Who{Kind: limit.User, Name: owner}, at), Together: map[limit.Who]limit.Account{}}
	for _, who := range c.Together {
		used.Together[who] = m.account(who, at)
	}
	return used
}

func (m *Store) account(who limit.Who, at time.Time) (a limit.Account) {
	for _, r := range m.rows {
		if !who.Is(limit.Subject{User: r.Owner, Groups: r.OwnerGroups}) {
			continue
		}
		if r.Live() {
			a.Held = append(a.Held, limit.Held{
				Cluster: r.Cluster, Queue: r.Queue, Resources: r.Resources, TimeLimit: r.TimeLimit,
				StartedAt: r.StartedAt, Waiting: r.State.Waiting(),
			})
		} else if !r.StartedAt.IsZero() {
			a.Spent = append(a.Spent, spent(r, at))
		}
	}
	return a
}

func spent(s session.Session, at time.Time) limit.Spent {
	in := func(p limit.Period) int64 {
		begin, _ := p.Bounds(at)
		if s.StartedAt.After(begin) {
			begin = s.StartedAt
		}
		span := max(s.EndedAt.Sub(begin), 0)
		return int64(s.Resources.GPUs) * int64((span+time.Second-1)/time.Second)
	}
	return limit.Spent{
		Cluster: s.Cluster, Queue: s.Queue, GPUType: s.Resources.GPUType,
		Day: in(limit.Day), Week: in(limit.Week), Month: in(limit.Month),
	}
}
