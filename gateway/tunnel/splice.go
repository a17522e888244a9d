package tunnel

import (
	"io"
	"net"
	"sync"
	"time"
)

// Buffers of a splice: a stream has a small one until it fills it.
var (
	smallBuffers = sync.Pool{New: func() any { b := make([]byte, fullRecord); return &b }}
	largeBuffers = sync.Pool{New: func() any { b := make([]byte, 8*fullRecord); return &b }}
)

// Splice carries bytes between a data connection and the app's, in both
// directions, until both have ended, and closes both. The end of one direction
// is passed on as such while the other goes on. What the app said before it
// broke off still arrives, and after it an error instead of an end.
func Splice(link *Conn, app net.Conn) {
	fromApp := make(chan bool, 1)
	go func() { fromApp <- carryFrom(link, app) }()
	readErr, writeErr := carryTo(app, link)
	switch {
	case readErr != nil: // the link was cut: nothing can be said to either side
		link.Reset()
		reset(app)
		<-fromApp
		return
	case writeErr == nil:
		closeWrite(app)
	}
	// With a write error the app no longer listens; it may still be speaking.
	if clean := <-fromApp; !clean || writeErr != nil {
		link.abort()
	}
	_ = link.Close()
	_ = app.Close()
}

// carryFrom carries what the app says, and reports whether that came to a clean
// end.
func carryFrom(link *Conn, app net.Conn) bool {
	readErr, writeErr := carryTo(link, app)
	switch {
	case writeErr == nil && readErr == nil:
		return link.CloseWrite() == nil
	case writeErr == nil && link.cutWrite():
		// The app broke off. Whoever is still sending to it has a moment to notice.
		_ = link.SetReadDeadline(time.Now().Add(lingerLimit))
	default:
		link.Reset()
	}
	return false
}

// carryTo copies until src ends and tells the two sides' errors apart.
func carryTo(dst io.Writer, src io.Reader) (readErr, writeErr error) {
	pool := &smallBuffers
	b := pool.Get().(*[]byte) //nolint:forcetypeassert // the pool holds nothing else
	defer func() { pool.Put(b) }()
	for {
		n, err := src.Read(*b)
		if n > 0 {
			if _, err := dst.Write((*b)[:n]); err != nil {
				return nil, err
			}
		}
		if err == io.EOF {
			return nil, nil
		}
		if err != nil {
			return err, nil
		}
		if n == len(*b) && pool == &smallBuffers {
			pool.Put(b)
			pool = &largeBuffers
			b = pool.Get().(*[]byte) //nolint:forcetypeassert // the pool holds nothing else
		}
	}
}

func closeWrite(conn net.Conn) {
	if c, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = c.CloseWrite()
	}
}

// reset closes so that a TCP peer sees an error. Unix sockets know no reset.
func reset(conn net.Conn) {
	if c, ok := conn.(*net.TCPConn); ok {
		_ = c.SetLinger(0)
	}
	_ = conn.SetDeadline(time.Unix(1, 0))
	_ = conn.Close()
}
