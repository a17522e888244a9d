package tunnel

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

const dataAnswer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: " + DataProtocol + "\r\n\r\n"

// serveData takes a data connection from an agent that proves its link, and
// parks it.
func (r *Registry) serveData(w http.ResponseWriter, req *http.Request) {
	secret, ok := bearerOf(req)
	r.mu.Lock()
	p := r.peers[req.Header.Get(HeaderLink)]
	r.mu.Unlock()
	if !ok || p == nil || !secret.Is(p.secret) {
		refuse(w, &Refused{Code: CodeUnknown, Reason: "there is no such link", Final: true})
		return
	}
	if !strings.EqualFold(req.Header.Get("Upgrade"), DataProtocol) {
		refuse(w, &Refused{Code: CodeVersion, Reason: "upgrade to " + DataProtocol, Final: true})
		return
	}
	if !r.room(p) {
		refuse(w, &Refused{Code: CodeBusy, Reason: "enough connections are parked"})
		return
	}
	raw, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		refuse(w, &Refused{Code: CodeBusy, Reason: "this listener cannot upgrade"})
		return
	}
	r.proved(raw)
	conn := newConn(raw, nil)
	if conn.wire == nil {
		_ = raw.Close() // not under Serve
		return
	}
	_ = raw.SetDeadline(time.Now().Add(r.opts.clocks.handshake))
	if buffered.Reader.Buffered() > 0 {
		conn.Reset() // it speaks before it is spoken to
		return
	}
	if _, err := raw.Write([]byte(dataAnswer)); err != nil {
		conn.Reset()
		return
	}
	_ = raw.SetDeadline(time.Time{})
	r.park(&parked{conn: conn, peer: p})
}

// room reports whether one more connection of the peer may be parked.
func (r *Registry) room(p *peer) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.sessions[p.id.Session]
	if s == nil || s.peer != p {
		return false
	}
	return len(s.waiters) > 0 || (len(p.parked) < r.opts.MaxReserve && r.parked < r.opts.MaxParked)
}

// park gives the connection to the oldest waiter, or keeps it.
func (r *Registry) park(c *parked) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.sessions[c.peer.id.Session]
	switch {
	case s == nil || s.peer != c.peer || r.closed:
		_ = c.conn.wire.Close() // Conn.Close may write, which is not for under the lock
	case len(s.waiters) > 0:
		w := s.waiters[0]
		s.waiters = slices.Delete(s.waiters, 0, 1)
		w.given <- c // never blocks: one place, one gift
	default:
		c.watched = make(chan struct{})
		c.peer.parked = append(c.peer.parked, c)
		r.parked++
		r.work.Go(c.watch)
	}
}

// drop takes a dead connection off the reserve, if it still is there.
func (p *peer) drop(c *parked) {
	r := p.r
	r.mu.Lock()
	i := slices.Index(p.parked, c)
	if i >= 0 {
		p.parked = slices.Delete(p.parked, i, i+1)
		p.low = min(p.low, len(p.parked))
		r.parked--
	}
	r.mu.Unlock()
	if i >= 0 {
		c.conn.Reset()
	}
}
