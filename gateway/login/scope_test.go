package login_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/berth-hpc/berth/gateway/login"
)

// anyScopes draws some scopes.
func anyScopes(t *rapid.T, label string) []login.Scope {
	return rapid.SliceOfN(rapid.SampledFrom(login.AllScopes()), 0, 5).Draw(t, label)
}

func TestWhatATokenMayDo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		has, need login.Scope
		anybody   bool // may do it
		admin     bool
	}{
		{login.OwnRead, login.OwnRead, true, true},
		{login.OwnRead, login.OwnServers, false, false},
		{login.OwnRead, login.OwnAccess, false, false},
		{login.OwnServers, login.OwnRead, true, true},
		{login.OwnServers, login.OwnStop, true, true},
		{login.OwnServers, login.OwnAccess, false, false},
		{login.Self, login.OwnTokens, true, true},
		{login.Self, login.ReadServers, false, false},
		{login.Self, login.ReadAdmin, false, false},
		{login.Inherit, login.OwnAccess, true, true},
		{login.Inherit, login.Admin, false, true},
		{login.ReadAdmin, login.ReadServers, false, true},
		{login.ReadAdmin, login.StopServers, false, false},
		{login.ReadAdmin, login.Admin, false, false},
		{login.Admin, login.ReadAdmin, false, true},
		{login.Admin, login.StopServers, false, true},
		{login.Admin, login.OwnStart, false, false},
		{login.StopServers, login.ReadServers, false, false},
		{login.AdminServers, login.ReadServers, false, true},
		{login.AdminServers, login.ReadAdmin, false, false},
	} {
		for _, admin := range []bool{false, true} {
			by := login.Caller{User: login.User{Name: "x", Admin: admin}, TokenID: "t", Scopes: []login.Scope{c.has}}
			want := c.anybody
			if admin {
				want = c.admin
			}
			if by.May(c.need) != want {
				t.Errorf("%s may %s: %v for an admin (%v)", c.has, c.need, !want, admin)
			}
		}
	}
}

// A browser may do what its person may; and each access needs the more the more
// is asked for.
func TestABrowserNeedsNoScope(t *testing.T) {
	t.Parallel()
	person, admin := as("alice"), as("carol")
	for _, s := range login.AllScopes() {
		if person.May(s) != s.Own() || !admin.May(s) {
			t.Errorf("%s: alice %v, carol %v", s, person.May(s), admin.May(s))
		}
	}
	for a := login.Anyone; a <= login.SessionAdmins; a++ {
		read, write := a.Scope(http.MethodGet), a.Scope(http.MethodPost)
		if write != read && !write.Includes(read) && a != login.SessionAdmins {
			t.Errorf("access %d: %s does not include %s", a, write, read)
		}
	}
}

// A token that a token makes can do nothing that the first one could not.
func TestNoTokenGrows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *login.Config) { c.MaxTokens = 1_000_000 })
	w.signIn("carol")
	rapid.Check(t, func(r *rapid.T) {
		by := as("carol")
		by.User.Admin = rapid.Bool().Draw(r, "admin")
		for range rapid.IntRange(1, 3).Draw(r, "generations") {
			tok, _, err := w.CreateToken(t.Context(), by, login.NewToken{Name: "x", Scopes: anyScopes(r, "asked")})
			if invalid := (*login.InvalidToken)(nil); errors.As(err, &invalid) && invalid.Field == "scopes" {
				return
			}
			if err != nil {
				r.Fatal(err)
			}
			child := login.Caller{User: by.User, TokenID: tok.ID, Scopes: tok.Scopes}
			for _, s := range login.AllScopes() {
				if child.May(s) && !by.May(s) || child.Has(s) && !by.Has(s) {
					r.Fatalf("%v made %v, which may %s", by.Scopes, tok.Scopes, s)
				}
			}
			by = child
		}
	})
}

func TestParseScope(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]login.Scope{
		"servers!user": login.OwnServers, "servers!user=alice": login.OwnServers, "inherit": login.Inherit, "read:admin": login.ReadAdmin,
		"servers!user=bob": "", "servers": "", "": "", "inherit=alice": "", "read:admin=alice": "", "Servers!user": "", "servers!user ": "", "!user": "",
	} {
		got, err := login.ParseScope("alice", text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

func FuzzParseScope(f *testing.F) {
	f.Add("servers!user=alice")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := login.ParseScope("alice", text)
		if err == nil && !slices.Contains(login.AllScopes(), s) {
			t.Errorf("%q is %q", text, s)
		}
	})
}

func TestWithoutScopesATokenIsForOnesOwnThings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("carol")
	made := func(by login.Caller) login.Token {
		t.Helper()
		tok, _, err := w.CreateToken(t.Context(), by, login.NewToken{Name: "x"})
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	first := made(as("carol"))
	if d := cmp.Diff([]login.Scope{login.Self}, first.Scopes); d != "" {
		t.Error(d)
	}
	by := as("carol")
	tok, _, err := w.CreateToken(t.Context(), by, login.NewToken{Name: "x", Scopes: []login.Scope{login.ReadServers, login.OwnTokens}})
	if err != nil {
		t.Fatal(err)
	}
	by.TokenID = tok.ID
	second := made(by)
	want := []login.Scope{login.OwnUser, login.OwnRead, login.OwnReadTokens, login.OwnTokens}
	slices.Sort(want)
	if d := cmp.Diff(want, second.Scopes); d != "" {
		t.Error(d)
	}
}

func TestWhoseThings(t *testing.T) {
	t.Parallel()
	alice, carol := as("alice"), as("carol")
	stopper := login.Caller{User: carol.User, TokenID: "t", Scopes: []login.Scope{login.StopServers}}
	for _, c := range []struct {
		by   login.Caller
		user string
		all  login.Scope
		want bool
	}{
		{alice, "alice", login.StopServers, true},
		{alice, "bob", login.StopServers, false},
		{alice, "bob", "", false},
		{alice, "alice", "", true},
		{carol, "bob", "", false},
		{carol, "bob", login.StopServers, true},
		{stopper, "bob", login.StopServers, true},
		{stopper, "bob", login.ReadServers, false},
		{stopper, "carol", login.ReadServers, true},
	} {
		if got := c.by.MayOf(c.user, login.OwnStop, c.all); got != c.want {
			t.Errorf("%s with %v on %s's, all %q: %v", c.by.User.Name, c.by.Scopes, c.user, c.all, got)
		}
	}
}
