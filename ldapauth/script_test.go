package ldapauth_test

import (
	"net"
	"strings"
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
	server, err := gldap.NewServer()
	if err != nil {
		t.Fatal(err)
	}
	mux, err := gldap.NewMux()
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(mux.Bind(func(w *gldap.ResponseWriter, r *gldap.Request) {
		m, err := r.GetSimpleBindMessage()
		if err != nil {
			t.Error(err)
			return
		}
		s.log("bind " + m.UserName)
		code, message := s.bind(m.UserName, string(m.Password))
		resp := r.NewBindResponse(gldap.WithResponseCode(code))
		resp.SetDiagnosticMessage(message)
		_ = w.Write(resp)
	}))
	must(mux.Search(func(w *gldap.ResponseWriter, r *gldap.Request) {
		m, err := r.GetSearchMessage()
		if err != nil {
			t.Error(err)
			return
		}
		s.log("search " + m.Filter)
		for dn, attrs := range s.search(m.BaseDN, m.Filter) {
			_ = w.Write(r.NewSearchResponseEntry(dn, gldap.WithAttributes(attrs)))
		}
		_ = w.Write(r.NewSearchDoneResponse(gldap.WithResponseCode(gldap.ResultSuccess)))
	}))
	must(server.Router(mux))
	addr := strings.TrimPrefix(deadURL(t), "ldap://")
	done := make(chan error, 1)
	go func() { done <- server.Run(addr) }()
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
		<-done
	})
	for deadline := time.Now().Add(10 * time.Second); ; {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			_ = c.Close()
			return "ldap://" + addr
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}
