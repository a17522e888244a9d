package ldapauth_test

import (
	"testing"

	"github.com/berth-hpc/berth/ldapauth"
	"github.com/berth-hpc/berth/ldapauth/ldaptest"
	"github.com/google/go-cmp/cmp"
)

func TestGroupsByEveryMode(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for name, c := range map[string]struct {
		change func(*ldapauth.Config)
		want   []string
	}{
		"none":     {func(*ldapauth.Config) {}, []string{}},
		"memberof": {func(c *ldapauth.Config) { c.GroupMode = ldapauth.GroupsMemberOf }, []string{"gpu-users", "researchers"}},
		"memberof outside of the base": {func(c *ldapauth.Config) {
			c.GroupMode, c.GroupBaseDN = ldapauth.GroupsMemberOf, "ou=trusted,"+ldaptest.BaseDN
		}, []string{}},
		"search": {func(c *ldapauth.Config) { c.GroupBaseDN = ldaptest.GroupsDN }, []string{"gpu-users", "hpc", "researchers"}},
		"search by member": {func(c *ldapauth.Config) {
			c.GroupBaseDN, c.GroupFilter = ldaptest.GroupsDN, "(member={dn})"
		}, []string{"gpu-users", "researchers"}},
		"search by memberUid": {func(c *ldapauth.Config) {
			c.GroupBaseDN, c.GroupFilter = ldaptest.GroupsDN, "(&(objectClass=posixGroup)(memberUid={username}))"
		}, []string{"hpc"}},
		"other name attribute": {func(c *ldapauth.Config) {
			c.GroupBaseDN, c.GroupFilter, c.GroupNameAttribute = ldaptest.GroupsDN, "(memberUid={username})", "gidNumber"
		}, []string{"2000"}},
		"both": {func(c *ldapauth.Config) {
			c.GroupMode, c.GroupBaseDN, c.GroupFilter = ldapauth.GroupsBoth, ldaptest.GroupsDN, "(memberUid={username})"
		}, []string{"gpu-users", "hpc", "researchers"}},
		"memberof and up": {func(c *ldapauth.Config) {
			c.GroupMode, c.GroupBaseDN, c.NestedGroups = ldapauth.GroupsMemberOf, ldaptest.GroupsDN, ldapauth.NestWalk
		}, []string{"everyone", "gpu-users", "researchers"}},
		"search and up": {func(c *ldapauth.Config) {
			c.GroupBaseDN, c.NestedGroups = ldaptest.GroupsDN, ldapauth.NestWalk
		}, []string{"everyone", "gpu-users", "hpc", "researchers"}},
	} {
		for mode, base := range map[string]func(*ldaptest.Server) ldapauth.Config{"search": searching, "direct": direct} {
			t.Run(name+"/"+mode, func(t *testing.T) {
				t.Parallel()
				cfg := base(s)
				c.change(&cfg)
				id, err := authenticator(t, cfg).Authenticate(t.Context(), "alice", "alice")
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, id.Groups); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func TestNestedGroupsEndAndAreBounded(t *testing.T) {
	t.Parallel()
	// ring-a contains dave and ring-c, ring-b contains ring-a, ring-c contains
	// ring-b; tall-1 contains ring-a, tall-2 contains tall-1, ...
	extra := []ldaptest.Entry{
		ldaptest.Group("ring-a", ldaptest.UserDN("dave"), ldaptest.GroupDN("ring-c")),
		ldaptest.Group("ring-b", ldaptest.GroupDN("ring-a")),
		ldaptest.Group("ring-c", ldaptest.GroupDN("ring-b")),
		ldaptest.Group("tall-1", ldaptest.GroupDN("ring-a")),
		ldaptest.Group("tall-2", ldaptest.GroupDN("tall-1")),
		ldaptest.Group("tall-3", ldaptest.GroupDN("tall-2")),
	}
	s := ldaptest.Start(t, ldaptest.Options{Extra: extra})
	cfg := searching(s)
	cfg.GroupBaseDN, cfg.NestedGroups = ldaptest.GroupsDN, ldapauth.NestWalk
	cfg.GroupFilter = "(&(cn=ring-a)(member={dn}))"
	for depth, want := range map[int][]string{
		1: {"ring-a", "ring-b", "tall-1"},
		2: {"ring-a", "ring-b", "ring-c", "tall-1", "tall-2"},
		9: {"ring-a", "ring-b", "ring-c", "tall-1", "tall-2", "tall-3"},
	} {
		cfg.NestedDepth = depth
		id, err := authenticator(t, cfg).Authenticate(t.Context(), "dave", "dave")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, id.Groups); diff != "" {
			t.Errorf("depth %d: %s", depth, diff)
		}
	}
	cfg.NestedDepth, cfg.MaxGroups = 9, 4
	_, err := authenticator(t, cfg).Authenticate(t.Context(), "dave", "dave")
	if got := outcome(t, err); got != "unavailable" {
		t.Errorf("more groups than max_groups: %s: %v", got, err)
	}
}

// A list that was cut must not be taken for the whole.
func TestTooManyGroupsIsNoAnswer(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for name, mode := range map[string]ldapauth.GroupMode{
		"search": ldapauth.GroupsSearch, "memberof": ldapauth.GroupsMemberOf,
	} {
		cfg := searching(s)
		cfg.GroupMode, cfg.GroupBaseDN, cfg.MaxGroups = mode, ldaptest.GroupsDN, 1
		_, err := authenticator(t, cfg).Authenticate(t.Context(), "alice", "alice")
		if got := outcome(t, err); got != "unavailable" {
			t.Errorf("%s: %s: %v", name, got, err)
		}
	}
}

func TestAllowedAndAdminGroups(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for name, c := range map[string]struct {
		allowed, admin []string
		want           map[string]string // user: outcome, "admin" for an identity that is one
	}{
		"everybody": {nil, []string{"admins"}, map[string]string{"alice": "identity", "carol": "admin"}},
		"by name":   {[]string{"gpu-users"}, nil, map[string]string{"alice": "identity", "bob": "not allowed", "carol": "identity"}},
		"any case":  {[]string{"GPU-Users"}, []string{"ADMINS"}, map[string]string{"alice": "identity", "bob": "not allowed", "carol": "admin"}},
		"by DN": {
			[]string{"CN=gpu-users, OU=groups, DC=example, DC=org"},
			[]string{ldaptest.GroupDN("admins")},
			map[string]string{"alice": "identity", "bob": "not allowed", "carol": "admin"},
		},
		"DN elsewhere":     {[]string{"cn=gpu-users,ou=other," + ldaptest.BaseDN}, nil, map[string]string{"alice": "not allowed"}},
		"admins may enter": {[]string{"operators"}, []string{"admins"}, map[string]string{"bob": "identity", "carol": "admin", "dave": "not allowed"}},
		"unknown group":    {[]string{"nobody-has-it"}, nil, map[string]string{"alice": "not allowed", "carol": "not allowed"}},
	} {
		cfg := searching(s)
		cfg.GroupBaseDN = ldaptest.GroupsDN
		cfg.AllowedGroups, cfg.AdminGroups = c.allowed, c.admin
		a := authenticator(t, cfg)
		for user, want := range c.want {
			id, err := a.Authenticate(t.Context(), user, user)
			got := outcome(t, err)
			if id.Admin {
				got = "admin"
			}
			if got != want {
				t.Errorf("%s: %s: got %s, want %s (%v)", name, user, got, want, err)
			}
			// The right to enter is not told to who does not know the password.
			if _, err := a.Authenticate(t.Context(), user, "wrong"); outcome(t, err) != "invalid" {
				t.Errorf("%s: %s with a wrong password: %v", name, user, err)
			}
		}
	}
}
