package ldapauth_test

import (
	"strings"
	"testing"

	"github.com/berth-hpc/berth/ldapauth/ldaptest"
)

// With OpenLDAP's password policy: the person sees a wrong password, the log
// sees why.
func TestPasswordPolicy(t *testing.T) {
	t.Parallel()
	s := ldaptest.Start(t, ldaptest.Options{PasswordPolicy: true})
	a := authenticator(t, searching(s))

	for range 2 {
		if _, err := a.Authenticate(t.Context(), "bob", "wrong"); outcome(t, err) != "invalid" {
			t.Fatal(err)
		}
	}
	_, err := a.Authenticate(t.Context(), "bob", "bob")
	if outcome(t, err) != "invalid" || !strings.Contains(err.Error(), "account locked") {
		t.Errorf("locked: %v", err)
	}

	if err := s.Replace(ldaptest.UserDN("carol"), "pwdReset", "TRUE"); err != nil {
		t.Fatal(err)
	}
	_, err = a.Authenticate(t.Context(), "carol", "carol")
	if outcome(t, err) != "invalid" || !strings.Contains(err.Error(), "must be changed") {
		t.Errorf("reset: %v", err)
	}

	if _, err := a.Authenticate(t.Context(), "alice", "alice"); err != nil {
		t.Errorf("nothing wrong with alice: %v", err)
	}
	if err := s.Replace(ldaptest.UserDN("dave"), "userPassword"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Authenticate(t.Context(), "dave", "dave"); outcome(t, err) != "invalid" {
		t.Errorf("an entry without a password: %v", err)
	}
}
