package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
)

// Plan is what a launch would do, and when it might begin.
type Plan struct {
	Launch  Launch
	Command []string // nil: the scheduler is not used through a command
	Script  []byte   // with a placeholder in place of the claim secret
	// Start is when the scheduler thinks that it would begin now; zero: it cannot
	// say. Others are requests that would begin earlier than this one, or begin
	// when nothing is known of this one, the earliest first.
	Start  time.Time
	Others []Alternative
}

// Alternative is a request a little different from what was asked for.
type Alternative struct {
	Queue string
	GPUs  int
	Start time.Time
}

// planSecret stands where a launch has its secret.
const planSecret = "(made at the launch)"

// Bounds of what one plan may ask the scheduler.
const (
	mostOthers = 4
	planLimit  = 15 * time.Second
	// sooner is by how much another request has to begin earlier to be worth a
	// word.
	sooner = 5 * time.Minute
)

// Plan checks the request as Launch does and says what would be submitted and
// when it might begin. Nothing is written and nothing submitted. Each estimate
// costs the scheduler a look at its whole queue: callers bound how often they ask.
//
// Errors: *Invalid, *limit.Denied, limit.ErrUnreadable, batch.ErrUnavailable,
// ErrStore.
func (l *Lifecycle) Plan(ctx context.Context, who limit.Subject, r Request) (Plan, error) {
	facts := l.FactsFor(ctx, who)
	launch, err := facts.Check(r)
	if err != nil {
		return Plan{}, err
	}
	limits, err := l.Explain(ctx, who, launch.Cluster, "")
	if err != nil {
		return Plan{}, err
	}
	if denied := admits(limits, launch); denied != nil {
		return Plan{}, denied
	}
	cluster := l.Clusters[launch.Cluster]
	app, _ := l.AppOf(launch.App)
	s := Session{
		ID: NewID(), Owner: who.User, Name: launch.Name, App: launch.App, Cluster: launch.Cluster, Queue: launch.Queue,
		Account: launch.Account, QOS: launch.QOS, Resources: launch.Resources, TimeLimit: launch.TimeLimit, Attempt: 1,
	}
	body, err := cluster.Script(s, app, planSecret)
	if err != nil {
		return Plan{}, fmt.Errorf("the job script: %w", err)
	}
	p := Plan{Launch: launch, Script: body}
	script := batch.Script{
		Tag: s.Tag(l.Installation), Body: body, Queue: s.Queue, Account: s.Account, QOS: s.QOS,
		Resources: s.Resources, TimeLimit: s.TimeLimit,
	}
	if shows, ok := cluster.Scheduler.(batch.Previewer); ok {
		if p.Command, err = shows.Preview(script); err != nil {
			return Plan{}, err
		}
	}
	if estimator, ok := cluster.Scheduler.(batch.Estimator); ok {
		ctx, cancel := context.WithTimeout(ctx, planLimit)
		defer cancel()
		l.estimate(ctx, who, l.others(facts, limits, r, launch), estimator, script, &p)
	}
	return p, nil
}

// admits judges a launch as it would be judged now, by the limits of its cluster:
// nil, or what refuses it.
func admits(limits []limit.Explanation, launch Launch) *limit.Denied {
	for _, x := range limits {
		if x.Queue != launch.Queue {
			continue
		}
		if denied := x.Admit(limit.Request{
			Cluster: launch.Cluster, Queue: launch.Queue, App: launch.App, Resources: launch.Resources, TimeLimit: launch.TimeLimit,
		}); denied != nil {
			return denied
		}
	}
	return nil
}

// estimate asks when the script would begin, and the others beside it.
func (l *Lifecycle) estimate(ctx context.Context, who limit.Subject, others []Launch, e batch.Estimator, script batch.Script, p *Plan) {
	starts := make([]time.Time, len(others))
	var all sync.WaitGroup
	for i, o := range others {
		all.Go(func() {
			script := script
			script.Queue, script.Resources, script.TimeLimit = o.Queue, o.Resources, o.TimeLimit
			starts[i] = l.startOf(ctx, who.User, e, script)
		})
	}
	p.Start = l.startOf(ctx, who.User, e, script)
	all.Wait()
	for i, o := range others {
		at := starts[i]
		if at.IsZero() || (!p.Start.IsZero() && at.After(p.Start.Add(-sooner))) {
			continue
		}
		p.Others = append(p.Others, Alternative{Queue: o.Queue, GPUs: o.Resources.GPUs, Start: at})
	}
	slices.SortFunc(p.Others, func(a, b Alternative) int { return a.Start.Compare(b.Start) })
}

func (l *Lifecycle) startOf(ctx context.Context, owner string, e batch.Estimator, script batch.Script) time.Time {
	at, err := e.Estimate(ctx, owner, script)
	if err != nil && !errors.Is(err, context.Canceled) {
		l.Log.Debug("no estimate", "owner", owner, "queue", script.Queue, "err", err)
	}
	return at
}

// others are launches a little different, which the person may ask for too: the
// same in another partition, or with half the GPUs.
func (l *Lifecycle) others(facts Facts, limits []limit.Explanation, r Request, launch Launch) []Launch {
	standing, _ := l.Board.Of(launch.Cluster)
	var asks []Request
	for _, q := range standing.Queues {
		if q.Name != launch.Queue && q.Up {
			asks = append(asks, r.with("queue", q.Name))
		}
	}
	if n := launch.Resources.GPUs; n > 1 {
		asks = append(asks, r.with("gpus", fmt.Sprint(n/2)))
	}
	var found []Launch
	for _, ask := range asks {
		other, err := facts.Check(ask)
		if err == nil && admits(limits, other) == nil {
			if found = append(found, other); len(found) == mostOthers {
				break
			}
		}
	}
	return found
}
