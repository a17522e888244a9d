package proxy

import (
	"context"
	"log"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"sync"
	"time"
)

// Options configure a Proxy. Only Dialer is required.
type Options struct {
	Dialer Dialer
	Logger *slog.Logger // nil: nothing is logged

	// Cookies are the gateway's own: never shown to an app, never set by one.
	// Compared without case; a name that ends in "*" stands for every name that
	// begins so.
	Cookies []string

	// Error renders a failure to reach the app. Nil: a plain 502 or 504.
	Error func(w http.ResponseWriter, r *http.Request, target Target, err error)

	DialTimeout time.Duration // 0: 15 s
	IdleTimeout time.Duration // of an unused connection to an app; 0: 90 s
	MaxIdle     int           // unused connections kept per session; 0: 32
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Error == nil {
		o.Error = plainError
	}
	if o.DialTimeout == 0 {
		o.DialTimeout = 15 * time.Second
	}
	if o.IdleTimeout == 0 {
		o.IdleTimeout = 90 * time.Second
	}
	if o.MaxIdle == 0 {
		o.MaxIdle = 32
	}
	return o
}

// Proxy carries requests to apps. It is safe for concurrent use.
type Proxy struct {
	opts    Options
	cookies guard
	reverse *httputil.ReverseProxy

	mu    sync.Mutex
	lanes map[string]*lane // by session
}

// New makes a proxy. Close it in the end.
func New(opts Options) *Proxy {
	p := &Proxy{opts: opts.withDefaults(), cookies: newGuard(opts.Cookies), lanes: map[string]*lane{}}
	p.reverse = &httputil.ReverseProxy{
		Rewrite:        p.rewrite,
		ModifyResponse: p.answer,
		Transport:      roundTripper{p},
		FlushInterval:  -1,
		BufferPool:     buffers{},
		ErrorHandler:   p.fail,
		ErrorLog:       log.New(logWriter{p.opts.Logger}, "", 0),
	}
	return p
}

// ServeHTTP carries one authorised request to the target's app. It panics with
// http.ErrAbortHandler when the answer was cut half way: do not recover that.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request, target Target) {
	l := p.lane(target)
	l.enter()
	defer l.leave()
	ctx := context.WithValue(r.Context(), journeyKey{}, &journey{target: target, lane: l})
	p.reverse.ServeHTTP(&response{ResponseWriter: w, lane: l}, r.WithContext(ctx))
}

// journey is one request on its way, for the hooks of the reverse proxy.
type journey struct {
	target Target
	lane   *lane
}

type journeyKey struct{}

func journeyOf(ctx context.Context) *journey { return ctx.Value(journeyKey{}).(*journey) }

// Activity reports how many requests and upgraded connections of the session
// are open, and when bytes last moved; the zero time when none ever did.
func (p *Proxy) Activity(session string) (open int, last time.Time) {
	p.mu.Lock()
	l := p.lanes[session]
	p.mu.Unlock()
	if l == nil {
		return 0, time.Time{}
	}
	return l.activity()
}

// Forget drops what is kept for a session that has ended, and cuts what is
// still open.
func (p *Proxy) Forget(session string) {
	p.mu.Lock()
	l := p.lanes[session]
	delete(p.lanes, session)
	p.mu.Unlock()
	if l != nil {
		l.cut()
	}
}

// Close waits until ctx is done for upgraded connections to end, and cuts the
// rest.
func (p *Proxy) Close(ctx context.Context) error {
	p.mu.Lock()
	lanes := p.lanes
	p.lanes = map[string]*lane{}
	p.mu.Unlock()
	for _, l := range lanes {
		l.wait(ctx)
		l.cut()
	}
	return nil
}

// lane finds or makes what is kept for the target's session. A newer start of
// the session gets a new one; the old one's connections are cut.
func (p *Proxy) lane(t Target) *lane {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.lanes[t.Session]
	if l == nil || l.attempt < t.Attempt {
		if l != nil {
			go l.cut()
		}
		l = newLane(p.opts, t)
		p.lanes[t.Session] = l
	}
	return l
}
