package gateway

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

// A browser sends many requests to one session. What was read of it is kept for
// a moment, dropped at once when the session changes, and kept for longer only
// while the database does not answer, so that running notebooks outlive that.
const (
	freshFor = 5 * time.Second
	staleFor = 15 * time.Minute
	mostKept = 20_000
	// askFor is how long the database may take where there is something to fall
	// back on.
	askFor = 2 * time.Second
)

type pathCache struct {
	mu   sync.Mutex
	rows map[string]kept // by owner "/" name
	now  func() time.Time
}

type kept struct {
	s     session.Session
	at    time.Time // read from the store
	until time.Time // not asked for anew before
	old   bool      // changed since; good only while the database is away
	away  bool      // the database was away when it was last asked for
}

// atPath finds the session served at a path, if it is the caller's.
func (g *Gateway) atPath(ctx context.Context, caller login.Caller, owner, name string) (session.Session, error) {
	if caller.User.Name != owner {
		return session.Session{}, session.ErrNotFound
	}
	return g.lookup(ctx, owner, name)
}

// lookup finds the session served at a path, for whoever may know of it.
func (g *Gateway) lookup(ctx context.Context, owner, name string) (session.Session, error) {
	key := owner + "/" + name
	last, fresh := g.paths.get(key)
	if fresh {
		return last, nil
	}
	ask := ctx
	if last.ID != "" {
		var cancel context.CancelFunc
		ask, cancel = context.WithTimeout(ctx, askFor)
		defer cancel()
	}
	found, err := g.Sessions.AtPath(ask, owner, owner, name)
	if errors.Is(err, session.ErrStore) && last.ID != "" {
		g.paths.outlast(key)
		return last, nil
	}
	if err != nil {
		return session.Session{}, err
	}
	g.paths.put(key, found)
	return found, nil
}

// get returns what is kept and of use, and whether it need not be asked for
// anew. Of several who ask for the same while the database is away, one waits
// for it.
func (p *pathCache) get(key string) (s session.Session, fresh bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	k, ok := p.rows[key]
	switch {
	case !ok || now.Sub(k.at) >= staleFor:
		return session.Session{}, false
	case now.Before(k.until) && (!k.old || k.away):
		return k.s, true
	case k.away:
		k.until = now.Add(freshFor)
		p.rows[key] = k
	}
	return k.s, false
}

// outlast lets a database be that does not answer: it may be slow in not
// answering.
func (p *pathCache) outlast(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k, ok := p.rows[key]; ok {
		k.away, k.until = true, p.now().Add(freshFor)
		p.rows[key] = k
	}
}

func (p *pathCache) put(key string, s session.Session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.rows) >= mostKept {
		clear(p.rows)
	}
	now := p.now()
	p.rows[key] = kept{s: s, at: now, until: now.Add(freshFor)}
}

// changed marks the session's entry, or all with an empty id, as old: the
// database has spoken.
func (p *pathCache) changed(id session.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, k := range p.rows {
		if id == "" || k.s.ID == id {
			k.old, k.away = true, false
			p.rows[key] = k
		}
	}
}
