package proxy

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// route is what is kept of one start of one session: the connections to its
// app, or to a port beside it, and how busy they are.
type route struct {
	p       *Proxy
	session string
	port    uint16
	attempt int
	open    int           // requests under way; guarded by Proxy.mu
	last    atomic.Int64  // unix nanoseconds
	room    chan struct{} // one place for each connection

	mu       sync.Mutex
	unused   []*upstream // the one used last is the last
	used     map[*upstream]struct{}
	upgrades map[*upgrade]struct{}
	leaving  bool
	ended    error // nil: it goes on
}

// enter finds the target's route and counts a request on it. A newer attempt
// gets a route of its own, and what is open to the older one is cut: that app is
// gone, or a newer agent has taken its place.
func (p *Proxy) enter(target Target) (*route, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, ErrClosed
	}
	ports := p.routes[target.Session]
	if ports == nil {
		ports = map[uint16]*route{}
		p.routes[target.Session] = ports
	}
	r := ports[target.Port]
	var old *route
	if r == nil || r.attempt < target.Attempt {
		old = r
		r = &route{
			p: p, session: target.Session, port: target.Port, attempt: target.Attempt, room: make(chan struct{}, p.opts.MaxConns),
			used: map[*upstream]struct{}{}, upgrades: map[*upgrade]struct{}{},
		}
		ports[target.Port] = r
	}
	r.open++
	p.open++
	p.mu.Unlock()
	r.stamp()
	if old != nil {
		old.end(ErrForgotten)
	}
	return r, nil
}

func (p *Proxy) leave(r *route) {
	r.stamp()
	p.mu.Lock()
	defer p.mu.Unlock()
	r.open--
	p.open--
	if p.closed && p.open == 0 {
		close(p.idle)
	}
}

// stamp notes that bytes move.
func (r *route) stamp() { r.last.Store(time.Now().UnixNano()) }

// get takes an unused connection, or opens one.
func (r *route) get(ctx context.Context) (*upstream, error) {
	select {
	case r.room <- struct{}{}:
	default:
		select {
		case r.room <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	u, err := r.take(ctx)
	if err != nil {
		<-r.room
	}
	return u, err
}

func (r *route) take(ctx context.Context) (*upstream, error) {
	for {
		r.mu.Lock()
		if r.ended != nil {
			defer r.mu.Unlock()
			return nil, r.ended
		}
		n := len(r.unused)
		if n == 0 {
			r.mu.Unlock()
			break
		}
		u := r.unused[n-1]
		r.unused[n-1] = nil
		r.unused = r.unused[:n-1]
		r.used[u] = struct{}{}
		r.mu.Unlock()
		if u.wake() {
			return u, nil
		}
		r.drop(u)
	}
	u, err := r.dial(ctx)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended != nil {
		u.conn.Reset()
		return nil, r.ended
	}
	r.used[u] = struct{}{}
	return u, nil
}

// put keeps a connection whose exchange is complete.
func (r *route) put(u *upstream) {
	r.mu.Lock()
	delete(r.used, u)
	keep := r.ended == nil && !r.leaving && len(r.unused) < r.p.opts.MaxIdle
	if keep {
		u.sleep()
		r.unused = append(r.unused, u)
	}
	r.mu.Unlock()
	if !keep {
		u.close()
	}
	<-r.room
}

// discard gives up a connection that is of no more use.
func (r *route) discard(u *upstream, reset bool) {
	r.drop(u)
	if reset {
		u.conn.Reset()
	} else {
		u.close()
	}
	<-r.room
}

func (r *route) drop(u *upstream) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.used, u)
}

// end cuts what is open and refuses what comes later.
func (r *route) end(cause error) {
	r.mu.Lock()
	if r.ended == nil {
		r.ended = cause
	}
	unused := r.unused
	r.unused = nil
	for u := range r.used {
		u.conn.Reset()
	}
	for g := range r.upgrades {
		g.reset()
	}
	r.mu.Unlock()
	for _, u := range unused {
		u.close()
	}
}

// over is the cause of the route's end, nil before it.
func (r *route) over() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ended
}

// goAway asks the upgraded connections to end.
func (r *route) goAway() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.leaving = true
	for g := range r.upgrades {
		g.goAway()
	}
}

// tidy closes connections that have not been used for long.
func (p *Proxy) tidy() {
	tick := time.NewTicker(max(p.opts.IdleTimeout/4, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-p.done:
			return
		case now := <-tick.C:
			for _, r := range p.all() {
				r.closeUnused(now.Add(-p.opts.IdleTimeout))
				p.forgetPort(r, now.Add(-p.opts.IdleTimeout))
			}
		}
	}
}

func (r *route) closeUnused(since time.Time) {
	r.mu.Lock()
	n := 0
	for n < len(r.unused) && r.unused[n].since.Before(since) {
		n++
	}
	old := r.unused[:n:n]
	r.unused = append([]*upstream(nil), r.unused[n:]...)
	r.mu.Unlock()
	for _, u := range old {
		u.close()
	}
}

// forgetPort drops a route that was not used since then, unless it is the app's:
// anybody can name many ports.
func (p *Proxy) forgetPort(r *route, since time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	ports := p.routes[r.session]
	if r.port != 0 && r.open == 0 && ports[r.port] == r && r.last.Load() < since.UnixNano() {
		delete(ports, r.port)
	}
}
