package proxy

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Options configure a Proxy. Only Dialer is required.
type Options struct {
	Dialer Dialer
	Logger *slog.Logger // nil: nothing is logged

	// Cookies are the gateway's own: never shown to an app, never set by one.
	// Compared without case, and with the prefixes "__Host-" and "__Secure-" in
	// front too; a name that ends in "*" stands for every name that begins so.
	Cookies []string

	// Error renders a failure to carry a request: an error that Is
	// ErrUnreachable, ErrForgotten or ErrClosed, or else the app's own. Nil: a
	// line of text with 502, 503 or 504.
	Error func(w http.ResponseWriter, r *http.Request, target Target, err error)

	DialTimeout time.Duration // 0: 15 s
	IdleTimeout time.Duration // of an unused connection to an app; 0: 90 s
	MaxIdle     int           // unused connections kept per session; 0: 32
	MaxConns    int           // connections per session; 0: 1000
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.DialTimeout <= 0 {
		o.DialTimeout = 15 * time.Second
	}
	if o.IdleTimeout <= 0 {
		o.IdleTimeout = 90 * time.Second
	}
	if o.MaxIdle <= 0 {
		o.MaxIdle = 32
	}
	if o.MaxConns <= 0 {
		o.MaxConns = 1000
	}
	return o
}

// Errors that Options.Error may meet.
var (
	// ErrUnreachable means that no connection to the app could be had: the agent
	// is not connected, say. Nothing was sent.
	ErrUnreachable = errors.New("the app cannot be reached")
	// ErrForgotten means that the session, or the start of it that the request
	// went to, ended while the request was under way.
	ErrForgotten = errors.New("the session has ended")
	// ErrClosed means that the proxy is closing down.
	ErrClosed = errors.New("the proxy is closing")
)

// Proxy carries requests to apps. Its methods are safe for concurrent use.
type Proxy struct {
	opts    Options
	cookies cookieNames
	done    chan struct{} // closed when Close begins
	tidying sync.WaitGroup

	mu     sync.Mutex
	routes map[string]map[uint16]*route // by session and port
	closed bool
	open   int
	idle   chan struct{} // closed when nothing is open after Close began
}

// New makes a proxy. Close it in the end.
func New(opts Options) *Proxy {
	p := &Proxy{
		opts: opts.withDefaults(), cookies: newCookieNames(opts.Cookies), routes: map[string]map[uint16]*route{},
		done: make(chan struct{}), idle: make(chan struct{}),
	}
	p.tidying.Go(p.tidy)
	return p
}

// ServeHTTP carries one authorised request to the target's app. It panics with
// http.ErrAbortHandler when the answer was cut half way: do not recover that.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request, target Target) {
	route, err := p.enter(target)
	if err != nil {
		p.fail(w, r, target, err)
		return
	}
	defer p.leave(route)
	x := &exchange{p: p, route: route, target: target, w: w, in: r}
	if err := x.run(); err != nil {
		if r.Context().Err() != nil {
			// The client hung up: nobody is at fault and nobody is listening.
			p.opts.Logger.Debug("the client went away", "session", target.Session)
			panic(http.ErrAbortHandler)
		}
		p.fail(w, r, target, err)
	}
}

// Activity reports how many requests and upgraded connections of the session
// are open, and when bytes last moved, the pings that keep WebSockets alive
// apart; the zero time when none ever did.
func (p *Proxy) Activity(session string) (open int, last time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.routes[session] {
		open += r.open
		if at := time.Unix(0, r.last.Load()); at.After(last) {
			last = at
		}
	}
	return open, last
}

// Forget drops what is kept for a session that has ended, and cuts what is
// still open.
func (p *Proxy) Forget(session string) {
	p.mu.Lock()
	ports := p.routes[session]
	delete(p.routes, session)
	p.mu.Unlock()
	for _, r := range ports {
		r.end(ErrForgotten)
	}
}

// Leave asks the upgraded connections that there are to end, politely. It does
// not wait; requests go on.
func (p *Proxy) Leave() {
	for _, r := range p.all() {
		r.goAway()
	}
}

// all lists the routes that there are.
func (p *Proxy) all() []*route {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []*route
	for _, ports := range p.routes {
		all = slices.AppendSeq(all, maps.Values(ports))
	}
	return all
}

// Close ends upgraded connections politely, waiting for them and for requests
// until ctx is done, and cuts the rest.
func (p *Proxy) Close(ctx context.Context) error {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		close(p.done)
		if p.open == 0 {
			close(p.idle)
		}
	}
	p.mu.Unlock()
	p.Leave()
	var err error
	select {
	case <-p.idle:
	case <-ctx.Done():
		err = ctx.Err()
	}
	for _, r := range p.all() {
		r.end(ErrClosed)
	}
	p.tidying.Wait()
	return err
}
