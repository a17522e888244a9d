package tunnel

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
)

// Options configure a Registry. Only Authority is required.
type Options struct {
	Authority Authority
	Logger    *slog.Logger // nil: nothing is logged

	MinReserve int // parked connections of an idle session; 0: 1
	Reserve    int // parked connections to begin with; 0: 2
	MaxReserve int // parked connections of a busy session; 0: 32
	MaxParked  int // of all sessions together; 0: 65536
	MaxWaiters int // dials of one session that may wait at once; 0: 256
	MaxPending int // connections that have not proved themselves; 0: 1024
}

// Registry is the gateway's end: it accepts agents and hands out connections to
// their apps. Its methods are safe for concurrent use.
type Registry struct{ opts Options }

// NewRegistry makes a registry. Close it in the end.
func NewRegistry(opts Options) *Registry { return &Registry{opts: opts} }

// Handler serves ControlPath and DataPath, and 404 for everything else.
func (r *Registry) Handler() http.Handler { panic("being written") }

// Serve accepts agents on ln with TLS 1.3 and the certificate, until Close. It
// bounds the connections that have not proved themselves, and their time. It
// returns ErrClosed after Close, or the error of the listener.
func (r *Registry) Serve(ln net.Listener, certificate tls.Certificate) error { panic("being written") }

// DialContext takes a connection to the app of the session, waiting for the
// agent to connect or to bring one until ctx is done. The error then is
// ErrNotConnected, wrapped with the context's.
func (r *Registry) DialContext(ctx context.Context, session string) (net.Conn, error) {
	panic("being written")
}

// WaitConnected waits until an agent of the session is connected.
func (r *Registry) WaitConnected(ctx context.Context, session string) error { panic("being written") }

// Connected reports the session's live link.
func (r *Registry) Connected(session string) (LinkInfo, bool) { panic("being written") }

// List describes every live link.
func (r *Registry) List() []LinkInfo { panic("being written") }

// Stop tells the session's agent to stop the app and end, and reports whether
// there was one to tell. The agent answers with Exited.
func (r *Registry) Stop(session, reason string) bool { panic("being written") }

// Supersede ends the links of the session whose attempt is below the given one,
// as a claim accepted by another replica of the gateway makes necessary.
func (r *Registry) Supersede(session string, attempt int) { panic("being written") }

// Revoke ends the session's agent at once, without reporting.
func (r *Registry) Revoke(session, reason string) { panic("being written") }

// Announce tells every agent which gateways there are now.
func (r *Registry) Announce(gateways, fingerprints []string) { panic("being written") }

// Close tells the agents to come back later, and ends every link and connection.
func (r *Registry) Close(ctx context.Context) error { panic("being written") }
