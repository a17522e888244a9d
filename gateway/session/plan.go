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
	launch, err := l.FactsFor(ctx, who).Check(r)
	if err != nil {
		return Plan{}, err
	}
	if err := l.wouldAdmit(ctx, who, launch); err != nil {
		return Plan{}, err
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
		l.estimate(ctx, who, r, estimator, script, &p)
	}
	return p, nil
}

// wouldAdmit judges the launch as it would be judged now.
func (l *Lifecycle) wouldAdmit(ctx context.Context, who limit.Subject, launch Launch) error {
	all, err := l.Explain(ctx, who, launch.Cluster, launch.Queue)
	if err != nil {
		return err
	}
	for _, x := range all {
		if denied := x.Admit(limit.Request{
			Cluster: launch.Cluster, Queue: launch.Queue, App: launch.App, Resources: launch.Resources, TimeLimit: launch.TimeLimit,
		}); denied != nil {
			return denied
		}
	}
	return nil
}

// estimate asks when the script would begin, and a few others beside it.
func (l *Lifecycle) estimate(ctx context.Context, who limit.Subject, r Request, e batch.Estimator, script batch.Script, p *Plan) {
	others := l.others(ctx, who, r, p.Launch)
	starts := make([]time.Time, len(others))
	var all sync.WaitGroup
	for i, o := range others {
		all.Go(func() {
			script := script
			script.Queue, script.Resources.GPUs = o.Queue, o.Resources.GPUs
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
func (l *Lifecycle) others(ctx context.Context, who limit.Subject, r Request, launch Launch) []Launch {
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
	facts := l.FactsFor(ctx, who)
	var found []Launch
	for _, ask := range asks {
		other, err := facts.Check(ask)
		if err == nil && l.wouldAdmit(ctx, who, other) == nil && len(found) < mostOthers {
			found = append(found, other)
		}
	}
	return found
}
