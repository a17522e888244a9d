package proxy

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"sync"
	"time"
)

// upstream is one connection to an app, used by one request at a time.
type upstream struct {
	conn   appConn
	left   int64 // bytes that may still be read: bounds the head of an answer
	in     *bufio.Reader
	out    *bufio.Writer
	reused bool
	since  time.Time // unused since
}

// appConn is what the proxy needs of a connection to an app.
type appConn interface {
	net.Conn
	CloseWrite() error
	Reset() // ends it as an error for the other side
}

const (
	mostHead = 256 << 10 // bytes of an answer's head
	bufSize  = 4 << 10
	// sureFor is how long an unused connection is trusted without a look.
	sureFor = 20 * time.Millisecond
)

// Unused connections hold no buffers.
var (
	readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, bufSize) }}
	writers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, bufSize) }}
)

var errHeadTooLong = errors.New("the head of the app's answer is too long")

func (r *route) dial(ctx context.Context) (*upstream, error) {
	ctx, cancel := context.WithTimeout(ctx, r.p.opts.DialTimeout)
	defer cancel()
	conn, err := r.p.opts.Dialer.DialContext(ctx, r.session, r.port)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	u := &upstream{conn: asAppConn(conn)}
	u.buffers()
	return u, nil
}

// Read reads from the app, within bounds.
func (u *upstream) Read(p []byte) (int, error) {
	if u.left <= 0 {
		return 0, errHeadTooLong
	}
	if int64(len(p)) > u.left {
		p = p[:u.left]
	}
	n, err := u.conn.Read(p)
	u.left -= int64(n)
	return n, err
}

func (u *upstream) buffers() {
	u.in, u.out = readers.Get().(*bufio.Reader), writers.Get().(*bufio.Writer)
	u.in.Reset(u)
	u.out.Reset(u.conn)
	u.left = mostHead
}

// sleep is called when the connection goes out of use.
func (u *upstream) sleep() {
	u.in.Reset(nil)
	u.out.Reset(nil)
	readers.Put(u.in)
	writers.Put(u.out)
	u.in, u.out = nil, nil
	u.since = time.Now()
}

// wake is called when it comes into use again; false means that it has died.
func (u *upstream) wake() bool {
	if time.Since(u.since) > sureFor {
		if c, ok := u.conn.(interface{ Alive() bool }); ok && !c.Alive() {
			_ = u.conn.Close()
			return false
		}
	}
	u.buffers()
	u.reused = true
	return true
}

// whole lifts the bound on what is read, after the head.
func (u *upstream) whole() { u.left = math.MaxInt64 }

func (u *upstream) close() { _ = u.conn.Close() }

func asAppConn(c net.Conn) appConn {
	if a, ok := c.(appConn); ok {
		return a
	}
	return plainConn{c}
}

// plainConn gives any connection the methods that a tunnel's has.
type plainConn struct{ net.Conn }

func (c plainConn) Reset() {
	if t, ok := c.Conn.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}

func (c plainConn) CloseWrite() error {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return errors.ErrUnsupported
}
