package tunnel

import (
	"encoding/binary"
	"errors"
	"net"
	"syscall"
	"time"
)

// parked is a data connection that waits to be taken. A goroutine waits on it,
// without reading: an agent says nothing before the connection is taken, so
// anything that can be read is the connection's end.
type parked struct {
	conn    *Conn
	peer    *peer
	watched chan struct{} // closed when the watch is over; nil: never watched
}

// takeLimit bounds the write that tells the agent.
const takeLimit = 5 * time.Second

// watch takes the connection off the reserve when it dies.
func (c *parked) watch() {
	defer close(c.watched)
	if waitReadable(c.conn.wire.TCPConn) {
		c.peer.drop(c)
	}
}

// take makes the connection the caller's, to the app or to the port, or reports
// that it is dead.
func (c *parked) take(port uint16) (*Conn, bool) {
	tcp := c.conn.wire.TCPConn
	if c.watched != nil {
		_ = tcp.SetReadDeadline(time.Unix(1, 0)) // wakes the watch
		<-c.watched
		_ = tcp.SetReadDeadline(time.Time{})
	}
	_ = c.conn.SetWriteDeadline(time.Now().Add(takeLimit))
	if readable(tcp) {
		c.conn.Reset()
		return nil, false
	}
	word := []byte{startByte}
	if port != 0 {
		word = binary.BigEndian.AppendUint16([]byte{portByte}, port)
	}
	if _, err := c.conn.Write(word); err != nil {
		c.conn.Reset()
		return nil, false
	}
	_ = c.conn.SetWriteDeadline(time.Time{})
	return c.conn, true
}

// waitReadable waits until the kernel has something to say about the
// connection: bytes, its end, or an error. It takes nothing away. False means
// that the wait was called off by a deadline or by closing.
func waitReadable(tcp *net.TCPConn) bool {
	raw, err := tcp.SyscallConn()
	if err != nil {
		return true
	}
	said := false
	_ = raw.Read(func(fd uintptr) bool {
		said = peek(int(fd))
		return said
	})
	return said
}

// readable is waitReadable without the wait.
func readable(tcp *net.TCPConn) bool {
	raw, err := tcp.SyscallConn()
	if err != nil {
		return true
	}
	said := true
	if err := raw.Control(func(fd uintptr) { said = peek(int(fd)) }); err != nil {
		return true
	}
	return said
}

func peek(fd int) bool {
	var b [1]byte
	for {
		_, _, err := syscall.Recvfrom(fd, b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return false
		default:
			return true
		}
	}
}
