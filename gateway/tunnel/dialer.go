package tunnel

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/websocket"
)

// dialer opens an agent's connections to one gateway.
type dialer struct {
	host   string // host:port
	config *tls.Config
}

// open makes a TLS connection to the pinned gateway.
func (d dialer) open(ctx context.Context) (*tls.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, HandshakeLimit)
	defer cancel()
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", d.host)
	if err != nil {
		return nil, err
	}
	tcp, ok := raw.(*net.TCPConn)
	if !ok {
		_ = raw.Close()
		return nil, fmt.Errorf("%T is not TCP", raw)
	}
	tune(tcp)
	conn := tls.Client(&wire{TCPConn: tcp}, d.config)
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, err
	}
	return conn, nil
}

// control claims the session and opens the control WebSocket. A refusal is a
// *Refused error.
func (d dialer) control(ctx context.Context, claim Claim) (*websocket.Conn, error) {
	header, err := claim.encode()
	if err != nil {
		return nil, err
	}
	ws := websocket.Dialer{
		NetDialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return d.open(ctx) },
		HandshakeTimeout:  2 * HandshakeLimit,
		ReadBufferSize:    4 << 10, WriteBufferSize: 4 << 10,
	}
	conn, answer, err := ws.DialContext(ctx, "wss://"+d.host+ControlPath, http.Header{
		HeaderVersion:   {offer(Version, OldestVersion)},
		HeaderClaim:     {header},
		"Authorization": {"Bearer " + claim.Secret.Reveal()},
	})
	if err == nil {
		return conn, nil
	}
	if answer != nil {
		defer func() { _ = answer.Body.Close() }()
		return nil, readRefusal(answer.StatusCode, answer.Body)
	}
	return nil, err
}

// data opens a data connection and returns it parked.
func (d dialer) data(ctx context.Context, link string, secret Secret) (*Conn, error) {
	conn, err := d.open(ctx)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.NetConn().Close() })
	defer stop()
	_ = conn.SetDeadline(time.Now().Add(HandshakeLimit))
	request := "GET " + DataPath + " HTTP/1.1\r\nHost: " + d.host + "\r\nConnection: Upgrade\r\nUpgrade: " + DataProtocol +
		"\r\n" + HeaderLink + ": " + link + "\r\nAuthorization: Bearer " + secret.Reveal() + "\r\n\r\n"
	if _, err := io.WriteString(conn, request); err != nil {
		_ = conn.Close()
		return nil, err
	}
	reader := bufio.NewReaderSize(conn, 2<<10)
	answer, err := http.ReadResponse(reader, &http.Request{Method: http.MethodGet}) //nolint:bodyclose // the connection goes on, or is closed whole
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		defer func() { _ = conn.Close() }()
		return nil, readRefusal(answer.StatusCode, answer.Body)
	}
	ahead, err := reader.Peek(reader.Buffered())
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	_ = conn.SetDeadline(time.Time{})
	return newConn(conn, append([]byte(nil), ahead...)), nil
}

// readRefusal reads why a gateway said no. Only a 4xx with our own words in it
// can be final: anything else may come from something in between.
func readRefusal(status int, body io.Reader) error {
	var refused Refused
	if err := json.NewDecoder(io.LimitReader(body, MaxRefusal)).Decode(&refused); err != nil || refused.Code == "" {
		return fmt.Errorf("the gateway answered %d", status)
	}
	refused.Code, refused.Reason = clip(refused.Code, 64), clip(refused.Reason, MaxText)
	refused.Final = refused.Final && status >= 400 && status < 500
	return &refused
}

// offer lists versions, newest first.
func offer(newest, oldest int) string {
	s := strconv.Itoa(newest)
	for v := newest - 1; v >= oldest; v-- {
		s += ", " + strconv.Itoa(v)
	}
	return s
}

// isFinal reports whether trying again is of no use.
func isFinal(err error) bool {
	var refused *Refused
	return errors.As(err, &refused) && refused.Final
}
