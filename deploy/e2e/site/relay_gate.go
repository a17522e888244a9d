package site

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"
)

// Freeze holds back everything, in both directions, the ends of connections
// too; new connections are taken, and nothing comes of them. Thaw lets all of it
// go on.
func (r *Relay) Freeze(t testing.TB) {
	t.Helper()
	r.currentGate().shut()
}

// Thaw ends a Freeze.
func (r *Relay) Thaw(t testing.TB) {
	t.Helper()
	r.currentGate().open()
}

// Strand freezes the connections that there are for good, as a firewall does
// that has forgotten them: neither side hears of it. New ones are carried.
func (r *Relay) Strand(t testing.TB) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gate.shut()
	r.stranded = append(r.stranded, r.gate)
	r.gate = newGate()
}

func (r *Relay) currentGate() *gate {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.gate
}

// gate is what the bytes of several connections pass through.
type gate struct {
	mu     sync.Mutex
	change *sync.Cond
	closed bool
}

func newGate() *gate {
	g := &gate{}
	g.change = sync.NewCond(&g.mu)
	return g
}

// pass waits while the gate is shut.
func (g *gate) pass() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.closed {
		g.change.Wait()
	}
}

func (g *gate) shut() { g.set(true) }
func (g *gate) open() { g.set(false) }

func (g *gate) set(closed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = closed
	g.change.Broadcast()
}

// gated reads what comes through the gate.
type gated struct {
	net.Conn
	gate *gate
}

func (c gated) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.gate.pass()
	return n, err
}

// pipe copies one direction and passes its end on.
func pipe(to, from net.Conn, g *gate) {
	_, err := io.Copy(to, struct{ io.Reader }{gated{from, g}})
	half, ok := to.(interface{ CloseWrite() error })
	if err != nil && !errors.Is(err, net.ErrClosed) || !ok {
		_ = to.Close()
		_ = from.Close()
		return
	}
	_ = half.CloseWrite()
}
