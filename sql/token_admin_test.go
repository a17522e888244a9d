package sql_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/sql/sqltest"
)

func TestTokensMadeForOthers(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	ctx := t.Context()
	by := admin.Actor{Name: "root", Address: "command line"}
	robot := login.User{Name: "robot", DisplayName: "Statistics", Groups: []string{"services"}, Admin: true}
	if _, err := s.User(ctx, "robot"); !errors.Is(err, login.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	tok := login.Token{ID: "t1", Owner: "robot", Name: "stats", Scopes: []login.Scope{login.ReadAdmin}, CreatedAt: noon, Prefix: "berth_ab"}
	if err := s.CreateTokenFor(ctx, robot, tok, login.Hash{1}, by.Did("token.create", "robot", "t1")); err != nil {
		t.Fatal(err)
	}
	got, u, err := s.TokenByHash(ctx, login.Hash{1})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(tok, got) + cmp.Diff(robot, u); d != "" {
		t.Error(d)
	}
	// What the directory says later is not undone by another token.
	robot.Admin = false
	if err := s.CreateLogin(ctx, login.Login{ID: "l", User: robot, CreatedAt: noon, LastSeenAt: noon, ExpiresAt: noon}, login.Hash{7}); err != nil {
		t.Fatal(err)
	}
	again := tok
	again.ID = "t2"
	before := robot
	before.Admin = true
	if err := s.CreateTokenFor(ctx, before, again, login.Hash{2}, by.Did("token.create", "robot", "t2")); err != nil {
		t.Fatal(err)
	}
	if u, err := s.User(ctx, "robot"); err != nil || u.Admin {
		t.Errorf("%+v, %v", u, err)
	}
	// No audit, no token.
	third := tok
	third.ID = "t3"
	if err := s.CreateTokenFor(ctx, robot, third, login.Hash{3}, admin.Entry{By: "root"}); err == nil {
		t.Error("an entry without an action was written")
	}
	if _, _, err := s.TokenByHash(ctx, login.Hash{3}); !errors.Is(err, login.ErrNotFound) {
		t.Errorf("the token without an entry: %v", err)
	}

	if _, err := s.RevokeToken(ctx, "t9", by); !errors.Is(err, login.ErrNotFound) {
		t.Errorf("revoke of none: %v", err)
	}
	gone, err := s.RevokeToken(ctx, "t1", by)
	if err != nil || gone.Owner != "robot" {
		t.Errorf("%+v, %v", gone, err)
	}
	if _, _, err := s.TokenByHash(ctx, login.Hash{1}); !errors.Is(err, login.ErrNotFound) {
		t.Errorf("after: %v", err)
	}
	var did []string
	entries, err := s.AuditLog(ctx, admin.AuditFilter{Target: "robot"})
	for _, e := range entries {
		did = append(did, e.By+" "+e.Action+" "+e.Address)
	}
	if d := cmp.Diff([]string{"root token.revoke command line", "root token.create command line", "root token.create command line"}, did); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}
}

func TestTokensAreListedInPages(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	ctx := t.Context()
	var want []string
	for i, owner := range []string{"alice", "bob", "carol"} {
		signIn(t, s, owner, owner, login.Hash{byte(i)})
		for n := range 5 {
			id := fmt.Sprint(owner, n)
			tok := login.Token{ID: id, Owner: owner, Scopes: []login.Scope{login.Self}, CreatedAt: noon.Add(time.Duration(n/2) * time.Second)}
			if err := s.CreateToken(ctx, tok, login.Hash{9, byte(i), byte(n)}); err != nil {
				t.Fatal(err)
			}
			want = append(want, id)
		}
	}
	pages := func(owner string, most int) (ids []string) {
		var last login.Token
		for {
			some, err := s.Tokens(ctx, owner, last, most)
			if err != nil {
				t.Fatal(err)
			}
			if len(some) == 0 {
				return ids
			}
			for _, tok := range some {
				ids = append(ids, tok.ID)
				last = tok
			}
		}
	}
	for most := 1; most < 17; most += 3 {
		if d := cmp.Diff(want, pages("", most)); d != "" {
			t.Errorf("%d a page:\n%s", most, d)
		}
	}
	if d := cmp.Diff(want[5:10], pages("bob", 2)); d != "" {
		t.Error(d)
	}
}
