package sql

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

const (
	announceEvery = 100 * time.Millisecond
	announceAgain = time.Second // after a failure
)

// announcer says that logs have grown: at once, and then at most once per
// interval for all sessions together, because every NOTIFY takes a lock that
// all committing transactions share.
type announcer struct {
	send func(context.Context, []Notice) error
	ctx  context.Context
	end  context.CancelFunc
	done sync.WaitGroup

	mu      sync.Mutex
	pending map[session.ID]struct{}
	running bool
}

func newAnnouncer(send func(context.Context, []Notice) error) *announcer {
	ctx, end := context.WithCancel(context.Background())
	return &announcer{send: send, ctx: ctx, end: end, pending: map[session.ID]struct{}{}}
}

// grew notes that the session's log has grown. It does not wait.
func (a *announcer) grew(id session.ID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ctx.Err() != nil {
		return
	}
	a.pending[id] = struct{}{}
	if !a.running {
		a.running = true
		a.done.Go(a.run)
	}
}

// run sends until there is nothing to send.
func (a *announcer) run() {
	for {
		ids := a.take()
		if ids == nil {
			return
		}
		wait := announceEvery
		if err := a.send(a.ctx, notices(ids)); err != nil {
			a.giveBack(ids)
			wait = announceAgain
		}
		select {
		case <-a.ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

func (a *announcer) take() []session.ID {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.pending) == 0 {
		a.running = false
		return nil
	}
	ids := slices.Collect(maps.Keys(a.pending))
	clear(a.pending)
	return ids
}

func (a *announcer) giveBack(ids []session.ID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, id := range ids {
		a.pending[id] = struct{}{}
	}
}

func (a *announcer) close() {
	a.mu.Lock()
	a.end()
	a.mu.Unlock()
	a.done.Wait()
}

func notices(ids []session.ID) []Notice {
	out := make([]Notice, len(ids))
	for i, id := range ids {
		out[i] = Notice{Kind: LogGrew, ID: string(id)}
	}
	return out
}

// notify announces by itself, outside of any other transaction.
func (s *Store) notify(ctx context.Context, ns []Notice) error {
	payloads := make([]string, len(ns))
	for i, n := range ns {
		payloads[i] = n.payload()
	}
	return s.do(ctx, "announce", func(ctx context.Context, q *dbsqlc.Queries) error {
		return q.Notify(ctx, payloads)
	})
}
