package proxy

import (
	"context"
	"errors"
	"net"
	"net/http"
)

// fail answers a request that could not be carried.
func (p *Proxy) fail(w http.ResponseWriter, r *http.Request, target Target, err error) {
	p.opts.Logger.Warn("request not carried", "session", target.Session, "method", r.Method, "err", err)
	if p.opts.Error != nil {
		p.opts.Error(w, r, target, err)
		return
	}
	status := http.StatusBadGateway
	var timeout net.Error
	switch {
	case errors.Is(err, errClientBody), errors.Is(err, errBadTarget):
		status = http.StatusBadRequest
	case errors.Is(err, ErrClosed), errors.Is(err, ErrForgotten):
		status = http.StatusServiceUnavailable
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		status = http.StatusGatewayTimeout
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, http.StatusText(status), status)
}
