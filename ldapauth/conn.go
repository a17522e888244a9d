package ldapauth

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// conn is one secured connection. Not for concurrent use.
type conn struct {
	server  address
	raw     net.Conn // under TLS; closing it ends whatever is being waited for
	ldap    *ldap.Conn
	timeout time.Duration
}

// do runs one operation until it ends, the context does, or the timeout is
// over. go-ldap knows no contexts, so the latter two cut the connection.
func (c *conn) do(ctx context.Context, op string, run func() error) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = c.raw.Close() })
	err := run()
	stop()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return &connError{server: c.server, op: op, err: ctx.Err()}
	case !answered(err):
		return &connError{server: c.server, op: op, err: err}
	}
	return err
}

// answered tells a server's considered answer from trouble with the server or
// the way there.
func answered(err error) bool {
	var e *ldap.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.ResultCode {
	case ldap.LDAPResultBusy, ldap.LDAPResultUnavailable:
		return false
	}
	return e.ResultCode < ldap.ErrorNetwork // from 200 on they are go-ldap's own
}

// search returns at most limit entries. more says that there are others.
func (c *conn) search(ctx context.Context, base string, scope int, filter string, attrs []string, limit int) (entries []*ldap.Entry, more bool, err error) {
	req := &ldap.SearchRequest{
		BaseDN:           base,
		Scope:            scope,
		DerefAliases:     ldap.NeverDerefAliases,
		SizeLimit:        limit + 1,
		TimeLimit:        int(c.timeout/time.Second) + 1,
		Filter:           filter,
		Attributes:       attrs,
		EnforceSizeLimit: true,
	}
	err = c.do(ctx, "search", func() error {
		res, err := c.ldap.Search(req)
		if res != nil {
			entries = res.Entries
		}
		if ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded) || errors.Is(err, ldap.ErrSizeLimitExceeded) {
			more, err = true, nil
		}
		return err
	})
	if err != nil {
		return nil, false, err
	}
	if len(entries) > limit {
		entries, more = entries[:limit], true
	}
	return entries, more, nil
}

// close says goodbye and closes, without waiting long for a peer that is gone.
func (c *conn) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = c.raw.Close() })
	defer stop()
	_ = c.ldap.Unbind() // the answer would change nothing
	_ = c.ldap.Close()
	_ = c.raw.Close()
}

// unavailable wraps an answer that says nothing about the user.
func unavailable(c *conn, op string, err error) error {
	var broken *connError
	if errors.As(err, &broken) {
		return err // converse may try the next server
	}
	return fmt.Errorf("%w: %s: %s: %w", ErrUnavailable, c.server, op, clip(err))
}
