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
	back   io.ReadWriter // the app, with what the transport had read ahead
	socket bool          // a WebSocket
	leave  atomic.Bool   // goAway was called
}

// politeLimit is how long the other side has after one side has ended.
const politeLimit = 5 * time.Minute

// closeLimit is how long a client has to answer a close frame.
const closeLimit = 5 * time.Second

// upgrade answers the client and carries the stream. It returns errTaken when
// the stream is over.
func (x *exchange) upgrade(res *http.Response) error {
	wanted, got := x.in.Header.Get("Upgrade"), res.Header.Get("Upgrade")
	if wanted == "" || !strings.EqualFold(wanted, got) {
		return fmt.Errorf("the app switched to %.40q when %.40q was asked for", got, wanted)
	}
	back, ok := res.Body.(io.ReadWriteCloser)
	if !ok || x.conn == nil {
		return errors.New("the app's upgraded connection cannot be written to")
	}
	client, buffered, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		return fmt.Errorf("the client's connection cannot be upgraded: %w", err)
	}
	u := &upgrade{route: x.route, client: client, from: client, app: x.conn, back: back, socket: strings.EqualFold(got, "websocket")}
	if n := buffered.Reader.Buffered(); n > 0 {
		u.from = io.MultiReader(io.LimitReader(buffered.Reader, int64(n)), client)
	}
	_ = client.SetDeadline(time.Time{}) // whatever the server had set for requests
	head := "HTTP/1.1 101 Switching Protocols\r\n"
	var b strings.Builder
	b.WriteString(head)
	_ = res.Header.Write(&b)
	b.WriteString("\r\n")
	if _, err := io.WriteString(client, b.String()); err != nil {
		u.reset()
		return errTaken
	}
	stop := context.AfterFunc(x.route.life, u.reset)
	defer stop()
	if x.p.register(u) {
		u.carry()
	}
	x.p.unregister(u)
	return errTaken
}

// register notes an upgraded connection, so that Close can end it.
func (p *Proxy) register(u *upgrade) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		u.reset()
		return false
	}
	u.route.upgrades[u] = struct{}{}
	return true
}

func (p *Proxy) unregister(u *upgrade) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(u.route.upgrades, u)
}

// carry copies both ways until both have ended, or either is cut.
func (u *upgrade) carry() {
	up := make(chan struct{})
	go func() {
		err := u.copy(u.app, u.from, u.client)
		if err == nil {
			err = closeWrite(u.back)
		}
		if err == nil {
			_ = u.app.SetReadDeadline(time.Now().Add(politeLimit))
		} else {
			u.reset() // wakes the other direction
		}
		close(up)
	}()
	err := u.copy(u.client, u.back, u.app)
	switch {
	case errors.Is(err, errLeaving):
		u.sayGoodbye()
	case err == nil && closeWrite(u.client) == nil:
		_ = u.client.SetReadDeadline(time.Now().Add(politeLimit))
	default:
		u.reset()
	}
	<-up
	_ = u.app.Close()
	_ = u.client.Close()
}

var errLeaving = errors.New("the gateway is going away")

// copy carries one direction until it ends, nil, or fails.
func (u *upgrade) copy(dst io.Writer, src io.Reader, raw net.Conn) error {
	buf := make([]byte, 4<<10)
	var f frames
	toClient := dst == io.Writer(u.client)
	for {
		n, err := src.Read(buf)
		if n > 0 {
			if !u.socket || f.pass(buf[:n]) {
				u.route.stamp()
			}
			if _, werr := dst.Write(buf[:n]); werr != nil {
				return werr
			}
			if n == len(buf) && n < bufferSize {
				buf = make([]byte, min(4*n, bufferSize)) // a busy stream
			}
		}
		if toClient && u.leave.Load() {
			if u.socket && f.between() {
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
func (u *upgrade) goAway() {
	u.leave.Store(true)
	_ = u.app.SetReadDeadline(time.Unix(1, 0))
}

// sayGoodbye sends a close frame, and gives the client a moment to answer.
func (u *upgrade) sayGoodbye() {
	_ = u.client.SetWriteDeadline(time.Now().Add(closeLimit))
	_, _ = u.client.Write(goingAway)
	_ = u.client.SetReadDeadline(time.Now().Add(closeLimit))
}

// reset cuts both sides, as an error for each.
func (u *upgrade) reset() {
	u.app.Reset()
	conn := u.client
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
