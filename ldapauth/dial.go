package ldapauth

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync/atomic"

	"github.com/go-ldap/ldap/v3"
)

// maxAnswer is how many bytes we read from a server in one conversation. A
// thousand groups take a tenth of it. It is not more because a byte of BER can
// become a hundred in memory.
const maxAnswer = 4 << 20

// dial connects to one server and secures the connection. Every error is a
// *connError.
func (d *Directory) dial(ctx context.Context, s address) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.cfg.ConnectTimeout)
	defer cancel()

	end := begin(ctx, StepDial)
	raw, err := new(net.Dialer).DialContext(ctx, s.network, s.target)
	if err != nil {
		err = &connError{server: s, op: "dial", err: err}
		end(s.String(), err)
		return nil, err
	}
	limited := &limitedConn{Conn: raw}
	limited.left.Store(maxAnswer)
	carrier := net.Conn(limited)
	if s.scheme == "ldaps" {
		secured := tls.Client(limited, d.tlsFor(s))
		if err := secured.HandshakeContext(ctx); err != nil {
			_ = raw.Close()
			err = &connError{server: s, op: "TLS", err: err}
			end(s.String(), err)
			return nil, err
		}
		carrier = secured
	}
	end(s.String(), nil)

	c := &conn{server: s, raw: raw, timeout: d.cfg.ReadTimeout, ldap: ldap.NewConn(carrier, s.scheme == "ldaps")}
	c.ldap.Start()
	if s.scheme == "ldap" && d.cfg.Transport != Plain {
		end := begin(ctx, StepStartTLS)
		err := c.do(ctx, "StartTLS", func() error { return c.ldap.StartTLS(d.tlsFor(s)) })
		// A refusal is final for this server: never go on without TLS.
		var broken *connError
		if err != nil && !errors.As(err, &broken) {
			err = &connError{server: s, op: "StartTLS", err: err}
		}
		end(s.String(), err)
		if err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

func (d *Directory) tlsFor(s address) *tls.Config {
	cfg := d.tls.Clone()
	cfg.ServerName = s.host
	if d.cfg.ServerName != "" {
		cfg.ServerName = d.cfg.ServerName
	}
	return cfg
}

func (s address) String() string {
	return s.scheme + "://" + s.target
}

// connError is a failure of the connection, or of a server that says itself
// that it cannot serve now. Another server may do better.
type connError struct {
	server address
	op     string
	err    error
}

func (e *connError) Error() string { return fmt.Sprintf("%s: %s: %v", e.server, e.op, e.err) }
func (e *connError) Unwrap() error { return e.err }

// limitedConn fails after maxAnswer bytes, so that no server can make us hold
// an answer of any size.
type limitedConn struct {
	net.Conn
	left atomic.Int64
}

var errAnswerTooLong = errors.New("the server's answer is too long")

func (l *limitedConn) Read(p []byte) (int, error) {
	left := l.left.Load()
	if left <= 0 {
		return 0, errAnswerTooLong
	}
	if int64(len(p)) > left {
		p = p[:left]
	}
	n, err := l.Conn.Read(p)
	l.left.Add(int64(-n))
	return n, err
}
