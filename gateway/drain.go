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
	defer time.AfterFunc(firstWord, silent.close).Stop()
	g.proxy.Leave()
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

// silent are the connections on which nothing was said yet. Browsers open some in
// advance, and an http.Server that is shut down would wait five seconds for
// them.
type silent struct {
	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// state is for http.Server.ConnState.
func (s *silent) state(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == http.StateNew {
		s.conns[c] = struct{}{}
	} else {
		delete(s.conns, c)
	}
}

func (s *silent) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close()
	}
}
