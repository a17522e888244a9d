package proxy

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"
)

// route is what is kept of one session: the connections to its app, and how
// busy they are.
type route struct {
	session   string
	attempt   int
	transport *http.Transport
	life      context.Context // ends with the session, or the proxy
	cut       context.CancelCauseFunc
	open      int          // guarded by Proxy.mu
	last      atomic.Int64 // unix nanoseconds; 0: never
	upgrades  map[*upgrade]struct{}
}

// enter finds the target's route and counts a request on it. A newer attempt
// gets a route of its own, and what is open to the older one is cut: that app is
// gone, or a newer agent has taken its place.
func (p *Proxy) enter(target Target) (*route, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrClosed
	}
	r := p.routes[target.Session]
	if r == nil || r.attempt < target.Attempt {
		old := r
		r = p.newRoute(target)
		if old != nil {
			r.last.Store(old.last.Load())
			old.end(ErrForgotten)
		}
		p.routes[target.Session] = r
	}
	r.open++
	p.open++
	r.stamp()
	return r, nil
}

func (p *Proxy) leave(r *route) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r.open--
	p.open--
	r.stamp()
	if p.closed && p.open == 0 {
		close(p.idle)
	}
}

func (p *Proxy) newRoute(target Target) *route {
	r := &route{session: target.Session, attempt: target.Attempt, upgrades: map[*upgrade]struct{}{}}
	r.life, r.cut = context.WithCancelCause(context.Background())
	r.transport = &http.Transport{
		DialContext:           func(ctx context.Context, _, _ string) (net.Conn, error) { return p.dial(ctx, r) },
		DisableCompression:    true, // bodies pass as they are
		MaxIdleConns:          p.opts.MaxIdle,
		MaxIdleConnsPerHost:   p.opts.MaxIdle,
		MaxConnsPerHost:       p.opts.MaxConns,
		IdleConnTimeout:       p.opts.IdleTimeout,
		ExpectContinueTimeout: 5 * time.Second, // then the body is sent unasked
		// MaxResponseHeaderBytes bounds what an app can make us hold.
		MaxResponseHeaderBytes: 256 << 10,
	}
	return r
}

func (p *Proxy) dial(ctx context.Context, r *route) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, p.opts.DialTimeout)
	defer cancel()
	defer context.AfterFunc(r.life, cancel)()
	conn, err := p.opts.Dialer.DialContext(ctx, r.session)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return conn, nil
}

// end cuts what is open on the route.
func (r *route) end(cause error) {
	r.cut(cause)
	r.transport.CloseIdleConnections()
}

func (r *route) stamp() { r.last.Store(time.Now().UnixNano()) }

// Activity reports how many requests and upgraded connections of the session
// are open, and when bytes last moved, the pings that keep WebSockets alive
// apart; the zero time when none ever did.
func (p *Proxy) Activity(session string) (open int, last time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.routes[session]
	if r == nil {
		return 0, time.Time{}
	}
	return r.open, time.Unix(0, r.last.Load())
}

// Forget drops what is kept for a session that has ended, and cuts what is
// still open.
func (p *Proxy) Forget(session string) {
	p.mu.Lock()
	r := p.routes[session]
	delete(p.routes, session)
	p.mu.Unlock()
	if r != nil {
		r.end(ErrForgotten)
	}
}

// Close ends upgraded connections politely, waiting for them and for requests
// until ctx is done, and cuts the rest.
func (p *Proxy) Close(ctx context.Context) error {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		if p.open == 0 {
			close(p.idle)
		}
	}
	routes := slices.Collect(maps.Values(p.routes))
	for _, r := range routes {
		for u := range r.upgrades {
			u.goAway()
		}
	}
	p.mu.Unlock()
	var err error
	select {
	case <-p.idle:
	case <-ctx.Done():
		err = ctx.Err()
	}
	for _, r := range routes {
		r.end(ErrClosed)
	}
	return err
}
