package proxy

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
)

// failed is ReverseProxy's way of saying that there is no answer.
func failed(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, errTaken) {
		return
	}
	x := exchangeOf(r.Context())
	if x.in.Context().Err() != nil {
		// The client hung up: nobody is at fault and nobody is listening.
		x.p.opts.Logger.Debug("the client went away", "session", x.target.Session, "path", r.URL.Path)
		panic(http.ErrAbortHandler)
	}
	if cause := context.Cause(r.Context()); cause != nil {
		err = cause
	}
	x.p.fail(w, x.in, x.target, err)
}

func (p *Proxy) fail(w http.ResponseWriter, r *http.Request, target Target, err error) {
	p.opts.Logger.Warn("request not carried", "session", target.Session, "method", r.Method, "err", err)
	if p.opts.Error != nil {
		p.opts.Error(w, r, target, err)
		return
	}
	status := http.StatusBadGateway
	var timeout net.Error
	switch {
	case errors.Is(err, ErrClosed), errors.Is(err, ErrForgotten):
		status = http.StatusServiceUnavailable
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		status = http.StatusGatewayTimeout
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, http.StatusText(status), status)
}

func isEOF(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
