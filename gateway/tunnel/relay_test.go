package tunnel

import (
	"net"
	"sync"
	"testing"
)

// relay is a wire that can be frozen and cut.
type relay struct {
	ln     net.Listener
	target string
	work   sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]struct{}
	gate   chan struct{} // closed: bytes flow
	refuse bool
}

func startRelay(t testing.TB, target string) *relay {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	open := make(chan struct{})
	close(open)
	r := &relay{ln: ln, target: target, conns: map[net.Conn]struct{}{}, gate: open}
	r.work.Go(r.accept)
	t.Cleanup(func() {
		_ = ln.Close()
		r.thaw()
		r.cut()
		r.work.Wait()
	})
	return r
}

func (r *relay) addr() string { return r.ln.Addr().String() }

func (r *relay) accept() {
	for {
		a, err := r.ln.Accept()
		if err != nil {
			return
		}
		b, err := net.Dial("tcp", r.target)
		r.mu.Lock()
		if err != nil || r.refuse {
			_ = a.Close()
			if b != nil {
				_ = b.Close()
			}
		} else {
			r.conns[a], r.conns[b] = struct{}{}, struct{}{}
			r.work.Go(func() { r.copy(a, b) })
			r.work.Go(func() { r.copy(b, a) })
		}
		r.mu.Unlock()
	}
}

func (r *relay) copy(dst, src net.Conn) {
	buf := make([]byte, 16<<10)
	for {
		n, err := src.Read(buf)
		r.mu.Lock()
		gate := r.gate
		r.mu.Unlock()
		<-gate
		if n > 0 {
			if _, werr := dst.Write(buf[:n]); werr != nil {
				err = werr
			}
		}
		if err != nil {
			_ = dst.(*net.TCPConn).CloseWrite()
			_ = src.(*net.TCPConn).CloseRead()
			return
		}
	}
}

// freeze holds every byte back.
func (r *relay) freeze() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gate = make(chan struct{})
}

func (r *relay) thaw() {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.gate:
	default:
		close(r.gate)
	}
}

// cut closes every connection as a failing network would: in silence of TLS.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.conns {
		_ = c.Close()
	}
	clear(r.conns)
}

func (r *relay) setRefuse(v bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuse = v
}
