package proxy

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// lane is what is kept for one start of one session: its connections, and how
// much it is used.
type lane struct {
	attempt   int
	transport *http.Transport

	mu       sync.Mutex
	open     int
	last     time.Time
	idle     chan struct{} // closed when nothing is open; nil: nobody waits
	hijacked map[net.Conn]struct{}
}

func newLane(o Options, t Target) *lane {
	return &lane{
		attempt:  t.Attempt,
		hijacked: map[net.Conn]struct{}{},
		transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				ctx, cancel := context.WithTimeout(ctx, o.DialTimeout)
				defer cancel()
				return o.Dialer.DialContext(ctx, t.Session)
			},
			DisableCompression:    true, // the browser's encodings are between it and the app
			MaxIdleConnsPerHost:   o.MaxIdle,
			IdleConnTimeout:       o.IdleTimeout,
			ExpectContinueTimeout: time.Second,
			ReadBufferSize:        bufferSize,
			WriteBufferSize:       bufferSize,
		},
	}
}

func (l *lane) enter() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open++
	l.last = time.Now()
}

func (l *lane) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	l.last = time.Now()
	if l.open == 0 && l.idle != nil {
		close(l.idle)
		l.idle = nil
	}
}

func (l *lane) touch() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = time.Now()
}

func (l *lane) activity() (int, time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open, l.last
}

// wait returns when nothing is open, or ctx is done.
func (l *lane) wait(ctx context.Context) {
	l.mu.Lock()
	if l.open == 0 {
		l.mu.Unlock()
		return
	}
	if l.idle == nil {
		l.idle = make(chan struct{})
	}
	idle := l.idle
	l.mu.Unlock()
	select {
	case <-idle:
	case <-ctx.Done():
	}
}

// cut ends whatever is open on upgraded connections, and forgets unused ones.
func (l *lane) cut() {
	l.mu.Lock()
	for c := range l.hijacked {
		_ = c.Close()
	}
	l.mu.Unlock()
	l.transport.CloseIdleConnections()
}

// keep registers an upgraded connection until it is closed.
func (l *lane) keep(c net.Conn) net.Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hijacked[c] = struct{}{}
	return &upgraded{Conn: c, lane: l}
}

// upgraded is a browser's connection after an upgrade.
type upgraded struct {
	net.Conn
	lane *lane
}

func (u *upgraded) Read(p []byte) (int, error) {
	n, err := u.Conn.Read(p)
	u.lane.touch()
	return n, err
}

func (u *upgraded) Write(p []byte) (int, error) {
	u.lane.touch()
	return u.Conn.Write(p)
}

func (u *upgraded) Close() error {
	u.lane.mu.Lock()
	delete(u.lane.hijacked, u.Conn)
	u.lane.mu.Unlock()
	return u.Conn.Close()
}

// CloseWrite lets one direction end before the other.
func (u *upgraded) CloseWrite() error {
	if half, ok := u.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return u.Conn.Close()
}
