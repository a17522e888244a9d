package memory

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/jimlambrt/gldap"
)

// stopWithin bounds how long clients that do not hang up are waited for.
const stopWithin = 2 * time.Second

// Server is a running directory.
type Server struct {
	addr   string
	tree   []Entry
	server *gldap.Server
	done   chan error
}

// Start serves the tree on a free port of 127.0.0.1.
func Start(tree []Entry) (*Server, error) {
	var err error
	for range 5 { // somebody may take the free port first
		s := &Server{tree: tree, done: make(chan error, 1)}
		if err = s.start(); err == nil {
			return s, nil
		}
	}
	return nil, err
}

// URL is where it is.
func (s *Server) URL() string { return "ldap://" + s.addr }

// Stop ends it.
func (s *Server) Stop() error {
	stopped := make(chan error, 1)
	go func() { stopped <- s.server.Stop() }()
	timer := time.NewTimer(stopWithin)
	defer timer.Stop()
	select {
	case err := <-stopped:
		return errors.Join(err, <-s.done)
	case <-timer.C:
		return nil // some client keeps its connection: it ends with the process
	}
}

func (s *Server) start() error {
	mux, err := gldap.NewMux()
	if err != nil {
		return err
	}
	if err := errors.Join(mux.Bind(s.bind), mux.Search(s.search)); err != nil {
		return err
	}
	if s.server, err = gldap.NewServer(); err != nil {
		return err
	}
	if err := s.server.Router(mux); err != nil {
		return err
	}
	if s.addr, err = freeAddr(); err != nil {
		return err
	}
	go func() { s.done <- s.server.Run(s.addr) }()
	for {
		select {
		case err := <-s.done:
			return fmt.Errorf("directory: %w", err)
		case <-time.After(time.Millisecond):
		}
		if conn, err := net.DialTimeout("tcp", s.addr, time.Second); err == nil { //nolint:noctx // loopback, one second
			return conn.Close()
		}
	}
}

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // loopback
	if err != nil {
		return "", err
	}
	addr := l.Addr().String()
	return addr, l.Close()
}

// bind says yes to the right password and, as a directory should, nothing else to
// any other.
func (s *Server) bind(w *gldap.ResponseWriter, r *gldap.Request) {
	answer := r.NewBindResponse(gldap.WithResponseCode(gldap.ResultInvalidCredentials))
	defer func() { _ = w.Write(answer) }()
	m, err := r.GetSimpleBindMessage()
	if err != nil {
		return
	}
	for _, e := range s.tree {
		if strings.EqualFold(e.DN, m.UserName) && e.Password != "" &&
			subtle.ConstantTimeCompare([]byte(e.Password), []byte(m.Password)) == 1 {
			answer.SetResultCode(gldap.ResultSuccess)
		}
	}
}

func (s *Server) search(w *gldap.ResponseWriter, r *gldap.Request) {
	code := gldap.ResultSuccess
	defer func() { _ = w.Write(r.NewSearchDoneResponse(gldap.WithResponseCode(code))) }()
	m, err := r.GetSearchMessage()
	if err != nil {
		code = gldap.ResultProtocolError
		return
	}
	filter, err := ldap.CompileFilter(m.Filter)
	if err != nil {
		code = gldap.ResultProtocolError
		return
	}
	found := false
	for _, e := range s.tree {
		if e.under(m.BaseDN, int64(m.Scope)) && e.matches(filter) {
			found = true
			_ = w.Write(r.NewSearchResponseEntry(e.DN, gldap.WithAttributes(e.Attributes)))
		}
	}
	if !found && int64(m.Scope) == scopeBase {
		code = gldap.ResultNoSuchObject
	}
}
