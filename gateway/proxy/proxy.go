package proxy

import (
	"context"
	"errors"
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

// Errors that Options.Error may meet.
var (
	// ErrUnreachable means that no connection to the app could be had: the agent
	// is not connected, say. Nothing was sent.
	ErrUnreachable = errors.New("the app cannot be reached")
	// ErrForgotten means that the session ended while the request was under way.
	ErrForgotten = errors.New("the session has ended")
	// ErrClosed means that the proxy is closing down.
	ErrClosed = errors.New("the proxy is closing")
)

// Proxy carries requests to apps. Its methods are safe for concurrent use.
type Proxy struct {
	opts    Options
	cookies cookieNames
	reverse *httputil.ReverseProxy
	buffers bufferPool

	mu     sync.Mutex
	routes map[string]*route // by session
	closed bool
	idle   chan struct{} // closed when nothing is open after Close began
	open   int
}

// New makes a proxy. Close it in the end.
func New(opts Options) *Proxy {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.DialTimeout <= 0 {
		opts.DialTimeout = 15 * time.Second
	}
	if opts.IdleTimeout <= 0 {
		opts.IdleTimeout = 90 * time.Second
	}
	if opts.MaxIdle <= 0 {
		opts.MaxIdle = 32
	}
	if opts.MaxConns <= 0 {
		opts.MaxConns = 1000
	}
	p := &Proxy{opts: opts, cookies: newCookieNames(opts.Cookies), routes: map[string]*route{}, idle: make(chan struct{})}
	p.reverse = &httputil.ReverseProxy{
		Rewrite:        rewrite,
		Transport:      roundTripper{},
		ModifyResponse: modifyResponse,
		ErrorHandler:   failed,
		BufferPool:     &p.buffers,
		FlushInterval:  -1,
		ErrorLog:       slog.NewLogLogger(opts.Logger.Handler(), slog.LevelDebug),
	}
	return p
}

// ServeHTTP carries one authorised request to the target's app. It panics with
// http.ErrAbortHandler when the answer was cut half way: do not recover that.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request, target Target) {
	x := &exchange{p: p, target: target, w: w, in: r}
	var err error
	if x.route, err = p.enter(target); err != nil {
		p.fail(w, r, target, err)
		return
	}
	defer p.leave(x.route)
	ctx, cancel := context.WithCancelCause(context.WithValue(r.Context(), exchangeKey{}, x))
	defer cancel(nil)
	defer context.AfterFunc(x.route.life, func() { cancel(context.Cause(x.route.life)) })()
	r = r.WithContext(ctx)
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = &stampedBody{ReadCloser: r.Body, route: x.route}
	}
	p.reverse.ServeHTTP(&stampedWriter{ResponseWriter: w, route: x.route}, r)
}

// exchange is one request on its way. It travels in the request's context.
type exchange struct {
	p      *Proxy
	target Target
	route  *route
	w      http.ResponseWriter // the server's own
	in     *http.Request
	conn   appConn // the app's end, once there is one
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}
