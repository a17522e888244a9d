package tunnel

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"time"
)

// A connection over which nothing comes is probed by the kernel, which also
// keeps the state of firewalls on the way fresh. userTimeout bounds how long
// sent bytes may stay unacknowledged; Linux counts a reader that has stopped
// reading too, hence the generous span. A dead host is noticed long before
// that: by the control connection's pings, after which all its data connections
// are reset.
const (
	keepAliveIdle     = 15 * time.Second
	keepAliveInterval = 15 * time.Second
	keepAliveCount    = 3
	userTimeout       = 3 * time.Minute
)

// errCut is what a reader gets when the connection ends without having been
// ended by the other side.
var errCut = fmt.Errorf("the connection was cut: %w", io.ErrUnexpectedEOF)

// wire is a kernel connection under TLS. crypto/tls takes an end between two
// records for a proper one even without close_notify, so that whoever cuts a
// connection there could make a short stream look whole. Here every end of the
// wire is an error; a proper end never gets so far.
type wire struct {
	*net.TCPConn
	in  ahead // one reader at a time: crypto/tls holds a lock
	out gather
}

func (w *wire) Read(p []byte) (int, error) {
	if w.in.buf != nil {
		return w.in.take(p), nil
	}
	var n int
	var err error
	if w.in.bulky && len(p) < bulkSize {
		w.in.buf = bulkBuffers.Get().(*[]byte) //nolint:forcetypeassert // the pool holds nothing else
		w.in.n, err = w.TCPConn.Read(*w.in.buf)
		w.in.bulky = w.in.n >= fullRecord
		n = w.in.take(p)
	} else {
		n, err = w.TCPConn.Read(p)
		w.in.bulky = n == len(p) && n >= fullRecord/2
	}
	if err == io.EOF { //nolint:errorlint // net returns it bare
		err = errCut
	}
	return n, err
}

// wireOf is what is under conn, or nil when that is no wire.
func wireOf(conn net.Conn) *wire {
	for {
		switch c := conn.(type) {
		case *wire:
			return c
		case *tls.Conn:
			conn = c.NetConn()
		case *Conn:
			return c.wire
		default:
			return nil
		}
	}
}

// tune sets what every connection of the tunnel wants. Errors do no harm: the
// connection works, only a dead peer is noticed later.
func tune(tcp *net.TCPConn) {
	_ = tcp.SetNoDelay(true)
	_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{
		Enable: true, Idle: keepAliveIdle, Interval: keepAliveInterval, Count: keepAliveCount,
	})
	setUserTimeout(tcp, userTimeout)
}
