package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// upgrade is a connection that has left HTTP: a WebSocket, mostly. It is carried
// until both directions have ended.
type upgrade struct {
	route  *route
	client net.Conn
	from   io.Reader // the client, with what the server had read ahead
	app    appConn
	back   io.Reader   // the app, with what was read ahead
	socket bool        // a WebSocket
	leave  atomic.Bool // goAway was called
}

// politeLimit is how long the other side has after one side has ended.
const politeLimit = 5 * time.Minute

// mostBuffer is the largest buffer of one direction; a quiet one has a small one.
const mostBuffer = 32 << 10

// closeLimit is how long a client has to answer a close frame.
const closeLimit = 5 * time.Second

// upgrade answers the client and carries the stream to its end.
func (x *exchange) upgrade(res *http.Response, up *upload) (answered bool, err error) {
	u := x.up
	defer func() {
		x.route.discard(u, err != nil)
	}()
	wanted, got := upgradeOf(x.in.Header), res.Header.Get("Upgrade")
	if wanted == "" || up != nil || !strings.EqualFold(wanted, got) {
		return false, fmt.Errorf("the app switched to %.40q when %.40q was asked for", got, wanted)
	}
	client, buffered, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		return false, fmt.Errorf("the client's connection cannot be upgraded: %w", err)
	}
	g := &upgrade{route: x.route, client: client, from: client, app: u.conn, back: u.in, socket: strings.EqualFold(got, "websocket")}
	if n := buffered.Reader.Buffered(); n > 0 {
		g.from = io.MultiReader(io.LimitReader(buffered.Reader, int64(n)), client)
	}
	_ = client.SetDeadline(time.Time{}) // whatever the server had set for requests
	x.tidyHeader(res.Header)
	var head strings.Builder
	head.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: " + clean(got) + "\r\n")
	_ = res.Header.Write(&head)
	head.WriteString("\r\n")
	_ = client.SetWriteDeadline(time.Now().Add(closeLimit))
	if _, err := io.WriteString(client, head.String()); err != nil {
		g.reset()
		return true, nil
	}
	_ = client.SetWriteDeadline(time.Time{})
	if x.route.register(g) {
		// What was let in for a while is told goodbye when the time is over.
		over := context.AfterFunc(x.in.Context(), g.goAway)
		g.carry()
		over()
	} else {
		g.reset()
	}
	x.route.unregister(g)
	return true, nil
}

// register notes an upgraded connection, so that the route's end is its own.
func (r *route) register(g *upgrade) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended != nil || r.leaving {
		return false
	}
	r.upgrades[g] = struct{}{}
	return true
}

func (r *route) unregister(g *upgrade) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.upgrades, g)
}

// carry copies both ways until both have ended, or either is cut.
func (g *upgrade) carry() {
	up := make(chan struct{})
	go func() {
		err := g.copy(g.app, g.from, g.client)
		if err == nil {
			err = g.app.CloseWrite()
		}
		if err == nil {
			_ = g.app.SetReadDeadline(time.Now().Add(politeLimit))
		} else {
			g.reset() // wakes the other direction
		}
		close(up)
	}()
	err := g.copy(g.client, g.back, g.app)
	switch {
	case errors.Is(err, errLeaving):
		g.sayGoodbye()
	case err == nil && closeWrite(g.client) == nil:
		_ = g.client.SetReadDeadline(time.Now().Add(politeLimit))
	default:
		g.reset()
	}
	<-up
	_ = g.app.Close()
	_ = g.client.Close()
}

var errLeaving = errors.New("the gateway is going away")

// copy carries one direction until it ends, nil, or fails.
func (g *upgrade) copy(dst io.Writer, src io.Reader, raw net.Conn) error {
	buf := make([]byte, 4<<10)
	var f frames
	toClient := dst == io.Writer(g.client)
	for {
		n, err := src.Read(buf)
		if n > 0 {
			if !g.socket || f.pass(buf[:n]) {
				g.route.stamp()
			}
			if _, werr := dst.Write(buf[:n]); werr != nil {
				return werr
			}
			if n == len(buf) && n < mostBuffer {
				buf = make([]byte, min(4*n, mostBuffer)) // a busy stream
			}
		}
		if !toClient && g.leave.Load() && f.closing && f.between() {
			return nil // the client's answer to our goodbye: browsers wait for us to hang up
		}
		if toClient && g.leave.Load() {
			if g.socket && f.between() {
				return errLeaving
			}
			if isTimeout(err) { // in the middle of a frame: wait for the rest
				_ = raw.SetReadDeadline(time.Now().Add(closeLimit))
				if n, err = src.Read(buf[:1]); n == 1 {
					f.pass(buf[:1])
					if _, werr := dst.Write(buf[:1]); werr != nil {
						return werr
					}
				}
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// goAway asks the stream to end between two frames. It does not wait.
func (g *upgrade) goAway() {
	g.leave.Store(true)
	_ = g.app.SetReadDeadline(time.Unix(1, 0))
}

// sayGoodbye sends a close frame, and gives the client a moment to answer.
func (g *upgrade) sayGoodbye() {
	_ = g.client.SetWriteDeadline(time.Now().Add(closeLimit))
	_, _ = g.client.Write(goingAway)
	_ = g.client.SetReadDeadline(time.Now().Add(closeLimit))
}

// reset cuts both sides, as an error for each.
func (g *upgrade) reset() {
	g.app.Reset()
	conn := g.client
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	if t, ok := conn.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = conn.Close()
}

func closeWrite(v any) error {
	if c, ok := v.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return errors.ErrUnsupported
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}
