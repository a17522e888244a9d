package tunnel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"
)

// errTooMany means that MaxWaiters dials of the session already wait.
var errTooMany = errors.New("too many connections are being waited for")

// waiter is a dial that found nothing parked.
type waiter struct {
	given chan *parked // one place
}

// ErrNoPorts means that the session's agent is of a release that connects to its
// app alone.
var ErrNoPorts = errors.New("the session's agent is too old to reach other ports")

// DialContext takes a connection to the app of the session, or, if port is not
// 0, to that TCP port on the loopback interface of the agent's host. It waits
// for the agent to connect or to bring one until ctx is done. The error then is
// ErrNotConnected, wrapped with the context's. The connection is a *Conn.
func (r *Registry) DialContext(ctx context.Context, session string, port uint16) (net.Conn, error) {
	for {
		c, w, err := r.pick(session)
		if err != nil {
			return nil, err
		}
		if w != nil {
			if c, err = r.await(ctx, session, w); err != nil {
				return nil, err
			}
		}
		if port != 0 && c.peer.claim.Version < portsVersion {
			c.conn.Reset() // it brings another
			return nil, ErrNoPorts
		}
		if conn, ok := c.take(port); ok {
			if r.lend(c) {
				return conn, nil
			}
			conn.Reset()
		}
	}
}

// pick takes the newest parked connection off the reserve, or queues up.
func (r *Registry) pick(session string) (*parked, *waiter, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, nil, ErrClosed
	}
	s := r.station(session)
	if p := s.peer; p != nil {
		p.lastTake = time.Now()
		if n := len(p.parked); n > 0 {
			c := p.parked[n-1]
			p.parked[n-1] = nil
			p.parked = p.parked[:n-1]
			p.low = min(p.low, n-1)
			r.parked--
			p.wanted(r.opts.Reserve)
			return c, nil, nil
		}
	}
	if len(s.waiters) >= r.opts.MaxWaiters {
		return nil, nil, fmt.Errorf("%w: %w", ErrNotConnected, errTooMany)
	}
	w := &waiter{given: make(chan *parked, 1)}
	s.waiters = append(s.waiters, w)
	if s.peer != nil {
		s.peer.low = 0
		s.peer.wanted(r.opts.Reserve + len(s.waiters))
	}
	return nil, w, nil
}

// await waits for the connection that w was promised.
func (r *Registry) await(ctx context.Context, session string, w *waiter) (*parked, error) {
	var err error
	select {
	case c := <-w.given:
		return c, nil
	case <-ctx.Done():
		err = fmt.Errorf("%w: %w", ErrNotConnected, ctx.Err())
	case <-r.life.Done():
		err = ErrClosed
	}
	r.mu.Lock()
	if s := r.sessions[session]; s != nil {
		s.waiters = slices.DeleteFunc(s.waiters, func(other *waiter) bool { return other == w })
		r.tidy(session)
	}
	r.mu.Unlock()
	select {
	case c := <-w.given: // it came in the same moment: somebody else can have it
		r.park(c)
	default:
	}
	return nil, err
}

// lend notes that the connection is in use until it is closed. False means that
// its link was replaced meanwhile by another agent's.
func (r *Registry) lend(c *parked) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, conn := c.peer, c.conn
	if r.closed || (p.replaced && r.peers[p.id.Link] != p) {
		return false
	}
	if p.taken == nil {
		p.taken = map[*Conn]struct{}{}
	}
	p.taken[conn] = struct{}{}
	r.lent[conn] = p
	conn.ended = func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(p.taken, conn)
		delete(r.lent, conn)
	}
	return true
}
