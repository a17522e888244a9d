package tunnel

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
)

// Serve accepts agents on ln with TLS 1.3 and the certificate, until Close. It
// bounds the connections that have not proved themselves, and their time. ln is
// a TCP listener. It returns ErrClosed after Close, or the error of the listener, which it closes.
func (r *Registry) Serve(ln net.Listener, certificate tls.Certificate) error {
	server := &http.Server{
		Handler:           r.Handler(),
		ReadHeaderTimeout: r.opts.clocks.handshake,
		MaxHeaderBytes:    MaxHeader,
		ConnState:         r.pending.state,
		ErrorLog:          slog.NewLogLogger(r.opts.Logger.Handler(), slog.LevelDebug),
	}
	server.SetKeepAlivesEnabled(false)
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		_ = ln.Close()
		return ErrClosed
	}
	r.servers = append(r.servers, server)
	r.mu.Unlock()

	err := server.Serve(tls.NewListener(listener{Listener: ln, pending: r.pending}, serverTLS(certificate)))
	if errors.Is(err, http.ErrServerClosed) {
		return ErrClosed
	}
	return fmt.Errorf("agent listener: %w", err)
}

// Handler serves ControlPath and DataPath, and 404 for everything else. It works
// under Serve only, which sees to it that a cut stream is noticed.
func (r *Registry) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if !r.enter() {
			refuse(w, &Refused{Code: CodeBusy, Reason: ErrClosed.Error()})
			return
		}
		defer r.work.Done()
		switch {
		case req.TLS == nil:
			refuse(w, &Refused{Code: CodeBusy, Reason: "this listener is for TLS"})
		case req.URL.Path == ControlPath && req.Method == http.MethodGet:
			r.serveControl(w, req)
		case req.URL.Path == DataPath && req.Method == http.MethodGet:
			r.serveData(w, req)
		default:
			http.NotFound(w, req)
		}
	})
}

// enter counts a request among what Close waits for, unless it has begun.
func (r *Registry) enter() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.work.Add(1)
	return true
}

// proved takes the request's connection off the list of the unproved.
func (r *Registry) proved(conn net.Conn) {
	if w := wireOf(conn); w != nil {
		r.pending.done(w.TCPConn)
	}
}

// refuse answers with a refusal, and the connection ends with it.
func refuse(w http.ResponseWriter, refused *Refused) {
	w.Header().Set("Connection", "close")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(refused.status())
	_ = json.NewEncoder(w).Encode(refused)
}
