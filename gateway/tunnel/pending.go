package tunnel

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// pending bounds the connections that have not yet proved who they are. When
// there are too many, the oldest goes: an honest agent proves itself within
// milliseconds, whoever merely holds a connection open loses it.
type pending struct {
	limit int
	mu    sync.Mutex
	order *list.List // of *net.TCPConn, oldest first
	find  map[*net.TCPConn]*list.Element
}

func newPending(limit int) *pending {
	return &pending{limit: limit, order: list.New(), find: map[*net.TCPConn]*list.Element{}}
}

func (p *pending) add(tcp *net.TCPConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.order.Len() >= p.limit {
		oldest := p.order.Front()
		victim := p.order.Remove(oldest).(*net.TCPConn) //nolint:forcetypeassert // the list holds nothing else
		delete(p.find, victim)
		_ = victim.SetLinger(0)
		_ = victim.Close()
	}
	p.find[tcp] = p.order.PushBack(tcp)
}

// done takes a connection off the list: it has proved itself, or is gone.
func (p *pending) done(tcp *net.TCPConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e, ok := p.find[tcp]; ok {
		p.order.Remove(e)
		delete(p.find, tcp)
	}
}

// state is for http.Server.ConnState.
func (p *pending) state(conn net.Conn, state http.ConnState) {
	if state == http.StateClosed {
		if w := wireOf(conn); w != nil {
			p.done(w.TCPConn)
		}
	}
}

// listener puts every accepted connection, which must be TCP, on the list.
type listener struct {
	net.Listener
	pending *pending
}

func (l listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		tcp, ok := conn.(*net.TCPConn)
		if !ok {
			_ = conn.Close() // Serve says what it is for
			continue
		}
		tune(tcp)
		l.pending.add(tcp)
		return &wire{TCPConn: tcp}, nil
	}
}
