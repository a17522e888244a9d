package ldapauth_test

import (
	"errors"
	"testing"

	"github.com/berth-hpc/berth/ldapauth"
	"github.com/berth-hpc/berth/ldapauth/ldaptest"
	"github.com/google/go-cmp/cmp"
)

func isAmbiguous(err error) bool { return errors.Is(err, ldapauth.ErrAmbiguous) }

func TestLookupSeesWhatAuthenticateSees(t *testing.T) {
	t.Parallel()
	s := shared(t)
	cfg := searching(s)
	cfg.GroupBaseDN = ldaptest.GroupsDN
	cfg.AdminGroups = []string{"admins"}
	a := authenticator(t, cfg)
	for _, name := range ldaptest.Users {
		signedIn, err := a.Authenticate(t.Context(), name, name)
		if err != nil {
			t.Fatal(err)
		}
		looked, err := a.Lookup(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(signedIn, looked); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestLookupErrors(t *testing.T) {
	t.Parallel()
	s := shared(t)
	a := authenticator(t, searching(s))
	for _, name := range []string{"nobody", "", "-x", "a*"} {
		if _, err := a.Lookup(t.Context(), name); !errors.Is(err, ldapauth.ErrNoSuchUser) || errors.Is(err, ldapauth.ErrUnavailable) {
			t.Errorf("%q: %v", name, err)
		}
	}
	// Neither a wrong base nor a wrong service account makes a user vanish.
	for name, change := range map[string]func(*ldapauth.Config){
		"base":    func(c *ldapauth.Config) { c.UserBaseDN = "ou=gone," + ldaptest.BaseDN },
		"service": func(c *ldapauth.Config) { c.BindPassword = "wrong" },
		"no service": func(c *ldapauth.Config) {
			c.BindDN, c.BindPassword = "", ""
		},
		"down": func(c *ldapauth.Config) { c.URLs = []string{deadURL(t)} },
	} {
		cfg := searching(s)
		change(&cfg)
		_, err := authenticator(t, cfg).Lookup(t.Context(), "alice")
		if !errors.Is(err, ldapauth.ErrUnavailable) || errors.Is(err, ldapauth.ErrNoSuchUser) {
			t.Errorf("%s: %v", name, err)
		}
	}
	cfg := searching(s)
	cfg.GroupBaseDN = ldaptest.GroupsDN
	cfg.AllowedGroups = []string{"admins"}
	id, err := authenticator(t, cfg).Lookup(t.Context(), "alice")
	if outcome(t, err) != "not allowed" || id.Username != "alice" || len(id.Groups) == 0 {
		t.Errorf("somebody who may no longer sign in: %+v, %v", id, err)
	}
}
