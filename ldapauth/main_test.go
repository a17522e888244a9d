package ldapauth_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/berth-hpc/berth/ldapauth"
	"github.com/berth-hpc/berth/ldapauth/ldaptest"
	"go.uber.org/goleak"
)

// slapd is shared by the tests that change nothing in it.
var slapd *ldaptest.Server

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	server, err := ldaptest.Launch(ldaptest.Options{})
	if err == nil {
		slapd = server
		defer server.Close()
	} else if !errors.Is(err, ldaptest.ErrMissing) || os.Getenv("CI") != "" {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if slapd != nil {
		slapd.Stop()
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func shared(t *testing.T) *ldaptest.Server {
	t.Helper()
	if slapd == nil {
		t.Skip(ldaptest.ErrMissing)
	}
	return slapd
}

// searching is the usual configuration: search as the service, StartTLS.
func searching(s *ldaptest.Server) ldapauth.Config {
	return ldapauth.Config{
		URLs:         []string{s.URL},
		CAFile:       s.CAFile,
		BindDN:       s.BindDN,
		BindPassword: s.BindPassword,
		UserBaseDN:   ldaptest.PeopleDN,
	}
}

// direct binds the user's own DN, without a service account.
func direct(s *ldaptest.Server) ldapauth.Config {
	return ldapauth.Config{
		URLs:        []string{s.URL},
		CAFile:      s.CAFile,
		DNTemplates: []string{"uid={username}," + ldaptest.PeopleDN},
	}
}

func authenticator(t *testing.T, cfg ldapauth.Config) *ldapauth.Authenticator {
	t.Helper()
	a, err := ldapauth.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// outcome names the one error of the contract that err wraps. Anything else,
// and more than one, is a fault.
func outcome(t *testing.T, err error) string {
	t.Helper()
	var names []string
	for name, target := range map[string]error{
		"invalid":     ldapauth.ErrInvalidCredentials,
		"not allowed": ldapauth.ErrNotAllowed,
		"unavailable": ldapauth.ErrUnavailable,
	} {
		if errors.Is(err, target) {
			names = append(names, name)
		}
	}
	switch {
	case err == nil:
		return "identity"
	case len(names) != 1:
		t.Fatalf("%v is of the kinds %q", err, names)
	}
	return names[0]
}

// deadURL is an address on which nobody listens, nor will before the test ends:
// the port is bound but refuses connections.
func deadURL(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	bound, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("ldap://127.0.0.1:%d", bound.(*syscall.SockaddrInet4).Port)
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}
