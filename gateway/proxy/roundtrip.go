package proxy

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
)

// appConn is the app's end of an upgraded stream.
type appConn interface {
	net.Conn
	Reset()
}

// roundTripper sends a request over its session's own connections.
type roundTripper struct{}

// RoundTrip sends the request, and a second time if the connection broke before
// anything came back and the request may be repeated: one without body that
// only reads.
func (roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	x := exchangeOf(r.Context())
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) { x.conn = resettable(info.Conn) },
		Got1xxResponse: func(_ int, header textproto.MIMEHeader) error {
			x.tidy(http.Header(header)) // before ReverseProxy copies it
			return nil
		},
	}))
	res, err := x.route.transport.RoundTrip(r)
	if err == nil || !repeatable(r, err) {
		return res, err
	}
	x.p.opts.Logger.Debug("repeating a request", "session", x.target.Session, "method", r.Method, "err", err)
	return x.route.transport.RoundTrip(r)
}

func repeatable(r *http.Request, err error) bool {
	if r.Context().Err() != nil || errors.Is(err, ErrUnreachable) || errors.Is(err, context.Canceled) {
		return false
	}
	if r.Body != nil && r.Body != http.NoBody {
		return false
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		var broken net.Error
		return isEOF(err) || errors.As(err, &broken)
	}
	return false
}

// resettable gives every connection a Reset.
func resettable(c net.Conn) appConn {
	if a, ok := c.(appConn); ok {
		return a
	}
	return closeOnReset{c}
}

type closeOnReset struct{ net.Conn }

func (c closeOnReset) Reset() {
	if t, ok := c.Conn.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}

func (c closeOnReset) CloseWrite() error {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return c.Close()
}
