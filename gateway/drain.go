package gateway

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// drainFor is how long requests may go on after the gateway was told to end.
	drainFor = 8 * time.Second
	// firstWord is how long a connection may have taken by then to say anything.
	firstWord = time.Second
	// farewell is how long it may take after that to tell the agents.
	farewell = 2 * time.Second
)

// Drain makes /readyz say that requests should be sent elsewhere. All else goes
// on; the end of Run's context is the end.
func (g *Gateway) Drain() { g.draining.Store(true) }

// end takes no new connections, lets requests finish, ends WebSockets politely
// and live pages at once, and then tells the agents to come back later. What
// takes too long is cut, which is no error.
func (g *Gateway) end(server *http.Server, silent *silent) error {
	g.Drain()
	g.stop()
	g.proxy.Leave()
	silent.wait(firstWord)
	silent.close()
	drain, cancel := context.WithTimeout(context.Background(), drainFor)
	defer cancel()
	err := errors.Join(ignore(server.Shutdown(drain), context.DeadlineExceeded), ignore(g.proxy.Close(drain), context.DeadlineExceeded), server.Close())
	last, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	return errors.Join(err, ignore(g.registry.Close(last), context.DeadlineExceeded))
}

func ignore(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}

// silent are the connections whose first request has not reached the handler
// yet. An http.Server that is shut down would drop such a request unanswered.
// Browsers open some connections in advance and say nothing on them, for which
// it would wait five seconds.
type silent struct {
	mu    sync.Mutex
	conns map[net.Conn]struct{}
	empty chan struct{} // closed when there are none; nil while nobody waits
}

// connKey is for the connection in a request's context.
type connKey struct{}

// context is for http.Server.ConnContext.
func (s *silent) context(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// hear is h, to which a connection speaks.
func (s *silent) hear(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(connKey{}).(net.Conn); ok {
			s.forget(c)
		}
		h.ServeHTTP(w, r)
	})
}

func (s *silent) forget(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if len(s.conns) == 0 && s.empty != nil {
		close(s.empty)
		s.empty = nil
	}
}

// wait waits until there are none, but not for long.
func (s *silent) wait(most time.Duration) {
	s.mu.Lock()
	if len(s.conns) == 0 {
		s.mu.Unlock()
		return
	}
	empty := make(chan struct{})
	s.empty = empty
	s.mu.Unlock()
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-empty:
	case <-timer.C:
	}
}

// state is for http.Server.ConnState.
func (s *silent) state(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.mu.Lock()
		s.conns[c] = struct{}{}
		s.mu.Unlock()
	case http.StateActive: // it has sent something, which is not with the handler yet
	default:
		s.forget(c)
	}
}

func (s *silent) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close()
	}
}
