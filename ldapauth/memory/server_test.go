package memory_test

import (
	"errors"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/ldapauth"
	"github.com/berth-hpc/berth/ldapauth/memory"
)

const base = "dc=example,dc=org"

func directory(t *testing.T) *ldapauth.Authenticator {
	t.Helper()
	tree := memory.People(base, []memory.Person{
		{Name: "alice", FullName: "Alice Example", Groups: []string{"researchers"}},
		{Name: "carol", FullName: "Carol Example", Groups: []string{"researchers", "admins"}},
		{Name: "dave", FullName: "Dave Example"},
	})
	tree = append(tree, memory.Entry{DN: "cn=berth," + base, Password: "secret"})
	s, err := memory.Start(tree)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	a, err := ldapauth.New(ldapauth.Config{
		URLs: []string{s.URL()}, Transport: "plain", BindDN: "cn=berth," + base, BindPassword: "secret",
		UserBaseDN: "ou=people," + base, GroupMode: "search", GroupBaseDN: "ou=groups," + base,
		AllowedGroups: []string{"researchers"}, AdminGroups: []string{"admins"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestSignIn: the code that signs people in does not notice that this is no real
// directory.
func TestSignIn(t *testing.T) {
	t.Parallel()
	d := directory(t)
	id, err := d.Authenticate(t.Context(), "alice", "alice")
	if err != nil || id.Username != "alice" || id.DisplayName != "Alice Example" || id.Admin || !slices.Equal(id.Groups, []string{"researchers"}) {
		t.Errorf("alice: %+v, %v", id, err)
	}
	if id, err := d.Authenticate(t.Context(), "carol", "carol"); err != nil || !id.Admin {
		t.Errorf("carol: %+v, %v", id, err)
	}
	for who, password := range map[string]string{"alice": "bob", "nobody": "nobody", "dave": "dave", "*": "alice", "berth": "secret"} {
		if _, err := d.Authenticate(t.Context(), who, password); !errors.Is(err, ldapauth.ErrInvalidCredentials) && !errors.Is(err, ldapauth.ErrNotAllowed) {
			t.Errorf("%s: %v", who, err)
		}
	}
	if id, err := d.Lookup(t.Context(), "carol"); err != nil || id.Mail != "carol@example.org" {
		t.Errorf("looked up: %+v, %v", id, err)
	}
}

// TestStop: a client that never hangs up does not hold the end up.
func TestStop(t *testing.T) {
	t.Parallel()
	s, err := memory.Start(nil)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "ldap://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is still open")
	}
}
