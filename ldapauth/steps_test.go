package ldapauth_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/ldapauth"
	"github.com/berth-hpc/berth/ldapauth/ldaptest"
	"github.com/google/go-cmp/cmp"
)

func TestStepsTellTheWholeWay(t *testing.T) {
	t.Parallel()
	s := shared(t)
	cfg := searching(s)
	cfg.URLs = []string{deadURL(t), s.URL}
	cfg.GroupBaseDN = ldaptest.GroupsDN
	cfg.AllowedGroups = []string{"gpu-users"}

	run := func(cfg ldapauth.Config, user, password string) (names []ldapauth.StepName, text string) {
		var b strings.Builder
		ctx := ldapauth.WithSteps(t.Context(), func(st ldapauth.Step) {
			names = append(names, st.Name)
			fmt.Fprintf(&b, "%s: %s (%v)\n", st.Name, st.Text, st.Err)
		})
		_, err := authenticator(t, cfg).Authenticate(ctx, user, password)
		fmt.Fprintln(&b, err)
		return names, b.String()
	}

	names, text := run(cfg, "Alice", "alice")
	want := []ldapauth.StepName{
		ldapauth.StepUsername, ldapauth.StepDial, ldapauth.StepDial, ldapauth.StepStartTLS, ldapauth.StepBindService,
		ldapauth.StepFindUser, ldapauth.StepBindUser, ldapauth.StepBindService, ldapauth.StepGroups, ldapauth.StepDecision,
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{
		"connection refused", s.URL, s.BindDN,
		"(&(objectClass=person)(uid=alice)) under " + ldaptest.PeopleDN + ": " + ldaptest.UserDN("alice"),
		"gpu-users, ", "account alice, admin: false",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}

	names, text = run(cfg, "bob", "bob")
	if names[len(names)-1] != ldapauth.StepDecision || !strings.Contains(text, "bob is in none of the allowed groups") {
		t.Errorf("the last step does not say why:\n%s", text)
	}

	// Passwords that occur nowhere else.
	const secret = "correct-horse-battery"
	for _, base := range []ldapauth.Config{cfg, direct(s)} {
		for _, user := range []string{"alice", "nobody"} {
			if _, text := run(base, user, secret); strings.Contains(text, secret) || strings.Contains(text, s.BindPassword) {
				t.Errorf("a password in\n%s", text)
			}
		}
	}
}
