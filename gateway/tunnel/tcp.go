package tunnel

import (
	"crypto/tls"
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

// tcpOf is the kernel's connection under conn, or nil when it is not TCP.
func tcpOf(conn net.Conn) *net.TCPConn {
	for {
		switch c := conn.(type) {
		case *net.TCPConn:
			return c
		case *tls.Conn:
			conn = c.NetConn()
		case *Conn:
			return c.tcp
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
