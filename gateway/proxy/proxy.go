package proxy

import (
	"context"
	"log/slog"
	"net/http"
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

// Proxy carries requests to apps.
type Proxy struct{ opts Options }

// New makes a proxy. Close it in the end.
func New(opts Options) *Proxy { return &Proxy{opts: opts} }

// ServeHTTP carries one authorised request to the target's app. It panics with
// http.ErrAbortHandler when the answer was cut half way: do not recover that.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request, target Target) {
	panic("being written")
}

// Activity reports how many requests and upgraded connections of the session
// are open, and when bytes last moved; the zero time when none ever did.
func (p *Proxy) Activity(session string) (open int, last time.Time) { panic("being written") }

// Forget drops what is kept for a session that has ended, and cuts what is
// still open.
func (p *Proxy) Forget(session string) { panic("being written") }

// Close ends upgraded connections politely, waiting for them until ctx is done,
// and cuts the rest.
func (p *Proxy) Close(ctx context.Context) error { panic("being written") }
