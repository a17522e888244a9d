package session

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
)

const (
	// rightsFresh is how long what a scheduler says about a person is believed
	// without asking again.
	rightsFresh = 2 * time.Minute
	// rightsWait is how long a page or a launch waits for the answer; without,
	// the last one counts, and without that nothing is known.
	rightsWait = 3 * time.Second
	// mostRights bounds how many people are remembered.
	mostRights = 10_000
)

// rights remembers what the schedulers let each person ask for.
type rights struct {
	sources map[string]batch.Accounts
	now     func() time.Time
	log     *slog.Logger

	mu    sync.Mutex
	known map[rightsKey]*right
}

type rightsKey struct{ cluster, user string }

// right is one answer. asking is closed when a question under way is answered.
type right struct {
	entitlement batch.Entitlement
	at          time.Time // of the last good answer; zero: none
	tried       time.Time // of the last question
	asking      chan struct{}
}

func newRights(o Options) *rights {
	r := &rights{sources: map[string]batch.Accounts{}, now: o.Now, log: o.Log, known: map[rightsKey]*right{}}
	for name, c := range o.Clusters {
		if a, ok := c.Scheduler.(batch.Accounts); ok {
			r.sources[name] = a
		}
	}
	return r
}

// of is what is known of the person on the cluster; false for nothing. It asks
// if the answer is old, once however many wait for it.
func (r *rights) of(ctx context.Context, cluster, user string) (batch.Entitlement, bool) {
	source, ok := r.sources[cluster]
	if !ok || user == "" {
		return batch.Entitlement{}, false
	}
	key := rightsKey{cluster, user}
	r.mu.Lock()
	known := r.known[key]
	if known == nil {
		r.forget()
		known = &right{}
		r.known[key] = known
	}
	if known.asking == nil && r.now().Sub(known.tried) >= rightsFresh {
		known.asking, known.tried = make(chan struct{}), r.now()
		go r.ask(context.WithoutCancel(ctx), source, key, known)
	}
	asking := known.asking
	r.mu.Unlock()
	if asking != nil {
		timer := time.NewTimer(rightsWait)
		defer timer.Stop()
		select {
		case <-asking:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return known.entitlement, !known.at.IsZero()
}

func (r *rights) ask(ctx context.Context, source batch.Accounts, key rightsKey, known *right) {
	answer, err := source.Entitlement(ctx, key.user)
	if err != nil && !errors.Is(err, context.Canceled) {
		r.log.Warn("what the scheduler lets somebody ask for is not known", "cluster", key.cluster, "user", key.user, "err", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		known.entitlement, known.at = answer, r.now()
	}
	close(known.asking)
	known.asking = nil
}

// forget makes room: the oldest answers go, all of them if none is old.
func (r *rights) forget() {
	if len(r.known) < mostRights {
		return
	}
	for key, known := range r.known {
		if known.asking == nil && r.now().Sub(known.tried) >= rightsFresh {
			delete(r.known, key)
		}
	}
	if len(r.known) >= mostRights {
		clear(r.known)
	}
}

// FactsFor are what the person's launch requests are checked against now: Facts
// and what the schedulers let the person ask for.
func (l *Lifecycle) FactsFor(ctx context.Context, who limit.Subject) Facts {
	f := l.Facts()
	f.Who, f.Rights = who, map[string]batch.Entitlement{}
	for _, s := range f.Board {
		if !s.DownSince.IsZero() {
			continue // it would not answer; nor will anything be launched there
		}
		if e, ok := l.rights.of(ctx, s.Cluster, who.User); ok {
			f.Rights[s.Cluster] = e
		}
	}
	return f
}
