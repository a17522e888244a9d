package proxy

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
)

// originWide are headers by which an app would speak for the whole origin,
// which it shares with the gateway's pages and with other sessions.
var originWide = []string{"Clear-Site-Data", "Service-Worker-Allowed", "Strict-Transport-Security", "Alt-Svc", "Public-Key-Pins"}

// answer makes the browser's answer out of the app's.
func (p *Proxy) answer(r *http.Response) error {
	for _, name := range originWide {
		r.Header.Del(name)
	}
	p.cookies.confine(r.Header, journeyOf(r.Request.Context()).target.BasePath)
	return nil
}

// fail is called when no answer came at all.
func (p *Proxy) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		panic(http.ErrAbortHandler) // the browser is gone: there is nobody to answer
	}
	p.opts.Error(w, r, journeyOf(r.Context()).target, err)
}

func plainError(w http.ResponseWriter, _ *http.Request, _ Target, err error) {
	status := http.StatusBadGateway
	var timeout net.Error
	if errors.Is(err, context.DeadlineExceeded) || (errors.As(err, &timeout) && timeout.Timeout()) {
		status = http.StatusGatewayTimeout
	}
	http.Error(w, http.StatusText(status), status)
}

// roundTripper sends a request over its own session's connections.
type roundTripper struct{ *Proxy }

func (roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	return journeyOf(r.Context()).lane.transport.RoundTrip(r)
}

const bufferSize = 64 << 10

// buffers are what bodies are copied through.
type buffers struct{}

var pool = sync.Pool{New: func() any { b := make([]byte, bufferSize); return &b }}

func (buffers) Get() []byte  { return *pool.Get().(*[]byte) }
func (buffers) Put(b []byte) { pool.Put(&b) }

// logWriter takes what the standard library has to say about odd upgrades.
type logWriter struct{ log *slog.Logger }

func (w logWriter) Write(line []byte) (int, error) {
	w.log.Debug("proxy", "note", strings.TrimSpace(string(line)))
	return len(line), nil
}
