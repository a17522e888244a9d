package ldapauth_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jimlambrt/gldap"
)

// scripted is a server whose answers the test decides: for what no slapd does.
type scripted struct {
	bind   func(dn, password string) (code int, message string)
	search func(base, filter string) map[string]map[string][]string // DN to attributes

	mu       sync.Mutex
	requests []string
}

func (s *scripted) log(request string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, request)
}

// taken returns the requests since the last call.
func (s *scripted) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.requests
	s.requests = nil
	return r
}

// start returns the server's URL.
func (s *scripted) start(t *testing.T) string {
	t.Helper()
	mux, err := gldap.NewMux()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(mux.Bind(s.serveBind), mux.Search(s.serveSearch)); err != nil {
		t.Fatal(err)
	}
	for range 5 { // somebody may take the free port first
		l := listen(t)
		addr := l.Addr().String()
		_ = l.Close()
		server, err := gldap.NewServer()
		if err != nil {
			t.Fatal(err)
		}
		if err := server.Router(mux); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- server.Run(addr) }()
		if ready(server, done) == nil {
			t.Cleanup(func() {
				if err := errors.Join(server.Stop(), <-done); err != nil {
					t.Error(err)
				}
			})
			return "ldap://" + addr
		}
	}
	t.Fatal("no port for the scripted server")
	return ""
}

// ready waits until the server listens; an error if it never will.
func ready(server *gldap.Server, done <-chan error) error {
	for !server.Ready() {
		select {
		case err := <-done:
			return fmt.Errorf("ended: %w", err)
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}

func (s *scripted) serveBind(w *gldap.ResponseWriter, r *gldap.Request) {
	m, err := r.GetSimpleBindMessage()
	if err != nil {
		return // no answer: the test sees that
	}
	s.log("bind " + m.UserName)
	code, message := s.bind(m.UserName, string(m.Password))
	resp := r.NewBindResponse(gldap.WithResponseCode(code))
	resp.SetDiagnosticMessage(message)
	_ = w.Write(resp)
}

func (s *scripted) serveSearch(w *gldap.ResponseWriter, r *gldap.Request) {
	m, err := r.GetSearchMessage()
	if err != nil {
		return
	}
	s.log("search " + m.Filter)
	for dn, attrs := range s.search(m.BaseDN, m.Filter) {
		_ = w.Write(r.NewSearchResponseEntry(dn, gldap.WithAttributes(attrs)))
	}
	_ = w.Write(r.NewSearchDoneResponse(gldap.WithResponseCode(gldap.ResultSuccess)))
}
