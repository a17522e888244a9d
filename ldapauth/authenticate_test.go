package ldapauth_test

import (
	"strings"
	"testing"

	"github.com/berth-hpc/berth/ldapauth"
	"github.com/berth-hpc/berth/ldapauth/ldaptest"
	"github.com/google/go-cmp/cmp"
)

// The same people sign in, and the same do not, whichever way the directory is
// reached and asked.
func TestAuthenticateOverEveryTransportAndMode(t *testing.T) {
	t.Parallel()
	s := shared(t)
	modes := map[string]func(*ldaptest.Server) ldapauth.Config{
		"search": searching,
		"direct": direct,
		"direct with service account": func(s *ldaptest.Server) ldapauth.Config {
			cfg := direct(s)
			cfg.BindDN, cfg.BindPassword = s.BindDN, s.BindPassword
			return cfg
		},
		"second template": func(s *ldaptest.Server) ldapauth.Config {
			cfg := direct(s)
			cfg.DNTemplates = append([]string{"uid={username},ou=elsewhere," + ldaptest.BaseDN}, cfg.DNTemplates...)
			return cfg
		},
	}
	transports := map[string]func(*ldapauth.Config){
		"starttls": func(*ldapauth.Config) {},
		"ldaps":    func(c *ldapauth.Config) { c.URLs = []string{s.LDAPSURL}; c.Transport = ldapauth.LDAPS },
		"plain":    func(c *ldapauth.Config) { c.Transport = ldapauth.Plain; c.CAFile = "" },
		"ldapi":    func(c *ldapauth.Config) { c.URLs = []string{s.LDAPIURL}; c.CAFile = "" },
	}
	alice := ldapauth.Identity{
		Username:    "alice",
		DN:          ldaptest.UserDN("alice"),
		DisplayName: "Alice Example",
		Mail:        "alice@example.org",
		Groups:      []string{},
	}
	for mode, base := range modes {
		for transport, change := range transports {
			t.Run(mode+"/"+transport, func(t *testing.T) {
				t.Parallel()
				cfg := base(s)
				change(&cfg)
				a := authenticator(t, cfg)
				id, err := a.Authenticate(t.Context(), "alice", "alice")
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(alice, id); diff != "" {
					t.Error(diff)
				}
				for _, c := range []struct{ user, password string }{
					{"alice", "bob"}, {"alice", "alice "}, {"alice", "Alice"}, {"nobody", "nobody"},
				} {
					id, err := a.Authenticate(t.Context(), c.user, c.password)
					if got := outcome(t, err); got != "invalid" {
						t.Errorf("%q with %q: %s: %v", c.user, c.password, got, err)
					}
					if diff := cmp.Diff(ldapauth.Identity{}, id); diff != "" {
						t.Errorf("a refusal comes with an identity: %s", diff)
					}
				}
			})
		}
	}
}

func TestNamesAreLowerCaseUnlessKept(t *testing.T) {
	t.Parallel()
	s := shared(t)
	id, err := authenticator(t, searching(s)).Authenticate(t.Context(), "ALICE", "alice")
	if err != nil || id.Username != "alice" {
		t.Errorf("got %q, %v", id.Username, err)
	}
	cfg := searching(s)
	cfg.KeepCase = true
	_, err = authenticator(t, cfg).Authenticate(t.Context(), "ALICE", "alice")
	if got := outcome(t, err); got != "invalid" {
		t.Errorf("with keep_case: %s", got)
	}
	// uid ignores case, so this finds the entry; the name is the entry's.
	cfg.UsernamePattern = "[a-zA-Z]+"
	id, err = authenticator(t, cfg).Authenticate(t.Context(), "ALICE", "alice")
	if err != nil || id.Username != "alice" {
		t.Errorf("with keep_case and a wide pattern: got %q, %v", id.Username, err)
	}
}

// Nothing of these may reach the network. The server's address is dead, so
// that dialling would show as "unavailable".
func TestRefusedBeforeAnyDial(t *testing.T) {
	t.Parallel()
	cfgs := map[string]ldapauth.Config{
		"search": {URLs: []string{deadURL(t)}, UserBaseDN: ldaptest.PeopleDN},
		"direct": {URLs: []string{deadURL(t)}, DNTemplates: []string{"uid={username}," + ldaptest.PeopleDN}},
		"any name": {
			URLs: []string{deadURL(t)}, UserBaseDN: ldaptest.PeopleDN, UsernamePattern: "(?s).*", KeepCase: true,
		},
	}
	cases := []struct{ user, password string }{
		{"alice", ""},
		{"alice", "\x00"},
		{"alice", "secret\x00"},
		{"alice", strings.Repeat("x", 5000)},
		{"", "secret"},
		{"-oProxyCommand=x", "secret"},
		{"--help", "secret"},
		{"../x", "secret"},
		{"..", "secret"},
		{"a/b", "secret"},
		{"*", "secret"},
		{"ali*", "secret"},
		{"alice)(uid=*", "secret"},
		{"alice\\2a", "secret"},
		{"alice\x00", "secret"},
		{"alice\n", "secret"},
		{"al ice", "secret"},
		{"alice,ou=admins", "secret"},
		{"alice$(id)", "secret"},
		{"{dn}", "secret"},
		{"\xff", "secret"},
		{"a\u200bb", "secret"},
		{strings.Repeat("a", 300), "secret"},
	}
	for name, cfg := range cfgs {
		a := authenticator(t, cfg)
		for _, c := range cases {
			_, err := a.Authenticate(t.Context(), c.user, c.password)
			if got := outcome(t, err); got != "invalid" {
				t.Errorf("%s: %q: %s: %v", name, c.user, got, err)
			}
		}
		if _, err := a.Authenticate(t.Context(), "alice", "secret"); outcome(t, err) != "unavailable" {
			t.Errorf("%s: the control case did not dial: %v", name, err)
		}
	}
}

// The Kelvin sign becomes a plain k under strings.ToLower.
func TestNoForeignLetterBecomesAPlainOne(t *testing.T) {
	t.Parallel()
	a := authenticator(t, ldapauth.Config{URLs: []string{deadURL(t)}, UserBaseDN: ldaptest.PeopleDN})
	if _, err := a.Authenticate(t.Context(), "\u212Aate", "secret"); outcome(t, err) != "invalid" {
		t.Error(err)
	}
}

func TestSeveralEntriesOrNames(t *testing.T) {
	t.Parallel()
	erin := ldaptest.User("erin", 2101)
	erin.Attributes[1].Values = []string{"ezra", "erin"} // uid
	twin := ldaptest.User("twin", 2102)
	twin.Attributes[1].Values = []string{"twin", "dave"}
	odd := ldaptest.User("odd", 2103)
	odd.DN = "cn=Odd Example," + ldaptest.PeopleDN
	odd.Attributes[1].Values = []string{"odd", "even"}
	s := ldaptest.Start(t, ldaptest.Options{Extra: []ldaptest.Entry{erin, twin, odd}})
	a := authenticator(t, searching(s))

	_, err := a.Authenticate(t.Context(), "dave", "dave")
	if outcome(t, err) != "invalid" || !isAmbiguous(err) {
		t.Errorf("two entries: %v", err)
	}
	_, err = a.Lookup(t.Context(), "dave")
	if outcome(t, err) != "unavailable" || !isAmbiguous(err) {
		t.Errorf("look-up of two entries: %v", err)
	}
	for _, typed := range []string{"erin", "ezra"} {
		id, err := a.Authenticate(t.Context(), typed, "erin")
		if err != nil || id.Username != "erin" {
			t.Errorf("%s is %q, %v; want erin, as in the DN", typed, id.Username, err)
		}
	}
	_, err = a.Authenticate(t.Context(), "odd", "odd")
	if outcome(t, err) != "not allowed" {
		t.Errorf("two names and none in the DN: %v", err)
	}
}
