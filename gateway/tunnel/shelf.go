package tunnel

import (
	"context"
	"sync"
	"time"
)

// maxOpening bounds the handshakes that an agent has under way with one gateway.
const maxOpening = 16

// shelf is an agent's parked connections at one gateway. It keeps as many as
// the gateway asks for, and opens another as soon as one is taken.
type shelf struct {
	u      *uplink
	ctx    context.Context // of the control connection
	link   string
	secret Secret

	mu      sync.Mutex
	target  int
	parked  int
	opening int
	wait    backoff
	retry   *time.Timer // after a failure; nil: none
	used    map[*Conn]struct{}
	cleared bool
}

func newShelf(ctx context.Context, u *uplink, m Manifest) *shelf {
	return &shelf{
		u: u, ctx: ctx, link: m.Link, secret: m.LinkSecret, used: map[*Conn]struct{}{},
		wait: backoff{low: 100 * time.Millisecond, high: 5 * time.Second},
	}
}

// keep sets how many to keep parked.
func (s *shelf) keep(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.target = bound(n, 256)
	s.fill()
}

// fill opens what is missing. The caller holds mu.
func (s *shelf) fill() {
	if s.cleared || s.retry != nil {
		return
	}
	for s.parked+s.opening < s.target && s.opening < maxOpening {
		s.opening++
		s.u.l.streams.Go(s.bring)
	}
}

// bring opens one connection, waits until the gateway takes it, and serves it.
func (s *shelf) bring() {
	conn, err := s.u.d.data(s.ctx, s.link, s.secret)
	s.mu.Lock()
	s.opening--
	if err != nil {
		s.failed(err)
		s.mu.Unlock()
		return
	}
	s.parked++
	s.wait.reset()
	s.fill()
	s.mu.Unlock()

	stop := context.AfterFunc(s.ctx, conn.Reset) // the gateway may be taking it this moment
	taken := conn.taken() && stop()

	s.mu.Lock()
	s.parked--
	if taken {
		s.used[conn] = struct{}{}
	}
	s.fill()
	s.mu.Unlock()
	if !taken {
		stop()
		conn.Reset()
		return
	}
	l := s.u.l
	l.open.Add(1)
	end := context.AfterFunc(s.u.whole, conn.Reset)
	l.config.Serve(conn)
	end()
	l.open.Add(-1)
	s.mu.Lock()
	delete(s.used, conn)
	s.mu.Unlock()
}

// failed tries again later. The caller holds mu.
func (s *shelf) failed(err error) {
	if s.cleared || s.retry != nil {
		return
	}
	d := s.wait.next()
	s.u.l.log.Debug("no data connection", "gateway", s.u.d.host, "err", err, "again_in", d)
	s.retry = time.AfterFunc(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.retry = nil
		s.fill()
	})
}

// clear stops bringing connections; the parked ones end with the control
// connection's context, those in use go on.
func (s *shelf) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cleared = true
	if s.retry != nil {
		s.retry.Stop()
	}
}

// cut resets the connections in use.
func (s *shelf) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.used {
		conn.Reset()
	}
}
