package tunnel

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// Conn is a data connection in use. A clean end (Close, CloseWrite) reaches the
// other side as io.EOF, because it is announced under TLS; any other end is an
// error there.
type Conn struct {
	net.Conn // *tls.Conn
	wire     *wire
	port     uint16 // on the agent's side: what it is for; 0: the app
	ahead    []byte // read, not yet handed out
	ended    func() // told once
	end      sync.Once
}

func newConn(c net.Conn, ahead []byte) *Conn {
	return &Conn{Conn: c, wire: wireOf(c), ahead: ahead}
}

// Read reads the stream's bytes.
func (c *Conn) Read(p []byte) (int, error) {
	if len(c.ahead) > 0 {
		n := copy(p, c.ahead)
		if c.ahead = c.ahead[n:]; len(c.ahead) == 0 {
			c.ahead = nil
		}
		return n, nil
	}
	return c.Conn.Read(p)
}

// Write sends the stream's bytes.
func (c *Conn) Write(p []byte) (int, error) {
	if c.wire == nil || len(p) <= fullRecord {
		return c.Conn.Write(p)
	}
	c.wire.begin()
	n, err := c.Conn.Write(p)
	if lost := c.wire.end(); lost != nil && err == nil {
		return 0, lost
	}
	return n, err
}

// Alive reports whether the other side may still be there: nothing has come that
// nobody asked for, its end included. It is for connections that lie unused; no
// other read may be going on.
func (c *Conn) Alive() bool {
	if len(c.ahead) > 0 || c.wire == nil || readable(c.wire.TCPConn) {
		return false
	}
	// What TLS holds may say that it is over; a read that has run out of time
	// before it begins looks at that and at nothing else.
	_ = c.SetReadDeadline(time.Unix(1, 0))
	var b [1]byte
	n, err := c.Conn.Read(b[:])
	var timeout net.Error
	alive := n == 0 && errors.As(err, &timeout) && timeout.Timeout()
	_ = c.SetReadDeadline(time.Time{})
	return alive
}

// Port is what the connection is for, once it is in use: 0 for the app, or else
// a port of the agent's host.
func (c *Conn) Port() uint16 { return c.port }

// taken waits until the gateway takes a parked connection into use, and reads
// what for.
func (c *Conn) taken() bool {
	var word [3]byte
	if _, err := io.ReadFull(c, word[:1]); err != nil {
		return false
	}
	switch word[0] {
	case startByte:
		return true
	case portByte:
		_, err := io.ReadFull(c, word[1:])
		c.port = binary.BigEndian.Uint16(word[1:])
		return err == nil && c.port != 0
	}
	return false
}

// Close ends both directions cleanly.
func (c *Conn) Close() error {
	defer c.over()
	return c.Conn.Close()
}

// CloseWrite ends the sending direction cleanly; reading goes on.
func (c *Conn) CloseWrite() error {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return errors.ErrUnsupported
}

// Reset ends both directions at once, as an error for the other side. Bytes
// still on their way may be lost.
func (c *Conn) Reset() {
	defer c.over()
	if c.wire == nil {
		_ = c.Conn.Close()
		return
	}
	_ = c.wire.SetLinger(0)
	_ = c.wire.Close() // under TLS: no close_notify
}

// lingerLimit bounds how long abort waits for the other side to take what was
// sent.
const lingerLimit = 2 * time.Second

// abort lets the other side have everything sent so far, and an error after it.
func (c *Conn) abort() {
	if !c.cutWrite() {
		c.Reset()
		return
	}
	// Unread bytes would turn our close into a reset that overtakes what was sent.
	_ = c.wire.SetReadDeadline(time.Now().Add(lingerLimit))
	_, _ = io.Copy(io.Discard, c.wire.TCPConn)
	c.Reset()
}

// cutWrite ends the sending direction as an error for the other side, after
// what was sent: a FIN without close_notify.
func (c *Conn) cutWrite() bool { return c.wire != nil && c.wire.CloseWrite() == nil }

func (c *Conn) over() {
	c.end.Do(func() {
		if c.ended != nil {
			c.ended()
		}
	})
}
