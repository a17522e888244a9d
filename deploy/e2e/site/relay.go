package site

import (
	"net"
	"os"
	"sync"
	"testing"
)

// Relay passes connections on to a service, until the test cuts it: then every
// connection through it ends and new ones are refused, as if the service were
// gone. Freeze and Strand are networks that lose things without a word.
type Relay struct {
	network, addr     string // where it listens
	toNetwork, toAddr string

	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]bool
	gate     *gate   // of the connections that are not stranded
	stranded []*gate // of those that are, for good
	running  sync.WaitGroup
}

// NewRelay starts a relay from one address to another; the networks are "tcp"
// or "unix".
func NewRelay(t testing.TB, network, addr, toNetwork, toAddr string) *Relay {
	t.Helper()
	r := &Relay{network: network, addr: addr, toNetwork: toNetwork, toAddr: toAddr, conns: map[net.Conn]bool{}, gate: newGate()}
	r.Mend(t)
	t.Cleanup(func() { r.cut() })
	return r
}

// Mend lets connections through, at first and after a Cut.
func (r *Relay) Mend(t testing.TB) {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), r.network, r.addr)
	if err != nil {
		t.Fatal(err)
	}
	if r.network == "unix" { // whoever may enter the folder may connect
		if err := os.Chmod(r.addr, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	r.mu.Lock()
	r.listener = l
	r.mu.Unlock()
	r.running.Go(func() { r.accept(l) })
}

// Cut ends all connections and refuses new ones.
func (r *Relay) Cut(t testing.TB) {
	t.Helper()
	r.cut()
}

func (r *Relay) cut() {
	r.mu.Lock()
	if r.listener != nil {
		_ = r.listener.Close()
		r.listener = nil
	}
	for c := range r.conns {
		_ = c.Close()
	}
	r.gate.open()
	r.gate = newGate()
	stranded := r.stranded
	r.stranded = nil
	r.mu.Unlock()
	for _, g := range stranded {
		g.open()
	}
	r.running.Wait()
}

func (r *Relay) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		if !r.keep(l, c) {
			_ = c.Close()
			return
		}
		r.running.Go(func() { r.carry(l, c) })
	}
}

func (r *Relay) carry(l net.Listener, c net.Conn) {
	defer r.drop(c)
	g := r.currentGate()
	g.pass()
	var d net.Dialer
	up, err := d.Dial(r.toNetwork, r.toAddr)
	if err != nil {
		return
	}
	if !r.keep(l, up) {
		_ = up.Close()
		return
	}
	defer r.drop(up)
	var both sync.WaitGroup
	both.Go(func() { pipe(c, up, g) })
	both.Go(func() { pipe(up, c, g) })
	both.Wait()
}

// keep notes a connection, unless the relay was cut since l accepted.
func (r *Relay) keep(l net.Listener, c net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.listener != l {
		return false
	}
	r.conns[c] = true
	return true
}

func (r *Relay) drop(c net.Conn) {
	_ = c.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, c)
}
