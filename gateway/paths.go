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
)

type pathCache struct {
	mu   sync.Mutex
	rows map[string]kept // by owner "/" name
	now  func() time.Time
}

type kept struct {
	s   session.Session
	at  time.Time
	old bool // changed since; good only while the database is away
}

// atPath finds the session served at a path, if the caller may use it.
func (g *Gateway) atPath(ctx context.Context, caller login.Caller, owner, name string) (session.Session, error) {
	if caller.User.Name != owner {
		return session.Session{}, session.ErrNotFound
	}
	key := owner + "/" + name
	s, age, ok := g.paths.get(key)
	if ok && age < freshFor {
		return s, nil
	}
	found, err := g.Sessions.AtPath(ctx, caller.User.Name, owner, name)
	if errors.Is(err, session.ErrStore) && s.ID != "" && age < staleFor {
		return s, nil
	}
	if err != nil {
		return session.Session{}, err
	}
	g.paths.put(key, found)
	return found, nil
}

// get returns what is kept; ok only if it has not changed since.
func (p *pathCache) get(key string) (session.Session, time.Duration, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.rows[key]
	return k.s, p.now().Sub(k.at), k.s.ID != "" && !k.old
}

func (p *pathCache) put(key string, s session.Session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.rows) >= mostKept {
		clear(p.rows)
	}
	p.rows[key] = kept{s: s, at: p.now()}
}

// changed marks the session's entry, or all with an empty id, as old.
func (p *pathCache) changed(id session.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, k := range p.rows {
		if id == "" || k.s.ID == id {
			k.old = true
			p.rows[key] = k
		}
	}
}
