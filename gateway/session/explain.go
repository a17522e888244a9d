package session

import (
	"context"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
)

// Explain says what limits the person in every partition of every cluster now,
// in the board's order: the site's limits with what is held and left of them,
// maintenance, and what the schedulers enforce themselves. With cluster and
// queue set, only there; ErrNotFound if there is no such partition.
//
// It is how a launch is judged, at the moment: limit.ErrUnreadable if a rule
// cannot be understood, ErrStore.
func (l *Lifecycle) Explain(ctx context.Context, who limit.Subject, cluster, queue string) ([]limit.Explanation, error) {
	at := l.here()
	set, err := l.Limits.LimitsFor(ctx, who, at)
	if err != nil {
		return nil, err
	}
	if err := set.Check(); err != nil {
		return nil, err
	}
	board := l.Board.All()
	var places []limit.Scope
	for _, s := range board {
		for _, q := range s.Queues {
			if (limit.Scope{Cluster: cluster, Queue: queue}).Covers(s.Cluster, q.Name) {
				places = append(places, limit.Scope{Cluster: s.Cluster, Queue: q.Name})
			}
		}
	}
	if len(places) == 0 && cluster+queue != "" {
		return nil, ErrNotFound
	}
	used, err := l.Limits.LimitUsage(ctx, who.User, set.Counting(who, places...), at)
	if err != nil {
		return nil, err
	}
	var all []limit.Explanation
	for _, s := range board {
		var e batch.Entitlement
		known := false
		if s.DownSince.IsZero() {
			e, known = l.rights.of(ctx, s.Cluster, who.User)
		}
		for _, q := range s.Queues {
			if !(limit.Scope{Cluster: cluster, Queue: queue}).Covers(s.Cluster, q.Name) {
				continue
			}
			x := set.Explain(who, s.Cluster, q.Name, used)
			x.Contact = l.Contact
			x.Limits = append(x.Limits, limit.FromQueue(s.Cluster, q)...)
			if known {
				x.Limits = append(x.Limits, limit.FromEntitlement(e, s.Cluster, q, "", "", used.Own.Held)...)
				_, _, x.Refusal = limit.Refusal(who, e, q, "", "")
			}
			all = append(all, x)
		}
	}
	return all, nil
}
