package sql_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

func signIn(t *testing.T, s *sql.Store, user, id string, hash login.Hash) login.Login {
	t.Helper()
	l := login.Login{
		ID:        id,
		User:      login.User{Name: user, DisplayName: "Älice Ünder", Mail: user + "@example.org", Groups: []string{"gpu", "staff, all"}, Admin: true},
		CreatedAt: noon, LastSeenAt: noon.Add(time.Minute), ExpiresAt: noon.Add(time.Hour),
		IP: "2001:db8::1", UserAgent: "Mozilla/5.0 (X11)",
	}
	if err := s.CreateLogin(t.Context(), l, hash); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLoginReadsBackAsWritten(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	want := signIn(t, s, "alice", "a", login.Hash{1})
	read := func() login.Login {
		t.Helper()
		got, err := s.LoginByHash(t.Context(), login.Hash{1})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if d := cmp.Diff(want, read()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}

	want.LastSeenAt, want.ExpiresAt = noon.Add(time.Hour), noon.Add(2*time.Hour)
	if err := s.TouchLogin(t.Context(), "a", want.LastSeenAt, want.ExpiresAt); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, read()); d != "" {
		t.Errorf("touched (-want +got):\n%s", d)
	}

	bare := login.Login{ID: "b", User: login.User{Name: "alice"}, CreatedAt: noon, LastSeenAt: noon, ExpiresAt: noon}
	if err := s.CreateLogin(t.Context(), bare, login.Hash{2}); err != nil {
		t.Fatal(err)
	}
	want.User = bare.User // as the directory describes her now
	if d := cmp.Diff(want, read()); d != "" {
		t.Errorf("after another sign-in (-want +got):\n%s", d)
	}
}

func TestLoginsEnd(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	for i, id := range []string{"a", "b", "c"} {
		signIn(t, s, "alice", id, login.Hash{byte(i)})
	}
	signIn(t, s, "bob", "d", login.Hash{3})
	there := func() (left []byte) {
		for i := range byte(4) {
			switch _, err := s.LoginByHash(t.Context(), login.Hash{i}); {
			case err == nil:
				left = append(left, i)
			case !errors.Is(err, login.ErrNotFound):
				t.Error(err)
			}
		}
		return left
	}
	for range 2 { // the second time it is gone, which is no error
		if err := s.DeleteLogin(t.Context(), "b"); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff([]byte{0, 2, 3}, there()); d != "" {
		t.Error(d)
	}
	if err := s.DeleteLoginsOf(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]byte{3}, there()); d != "" {
		t.Error(d)
	}
	if err := s.TouchLogin(t.Context(), "a", noon, noon); err != nil {
		t.Errorf("touch of nothing: %v", err)
	}
	if err := s.DeleteLoginsOf(t.Context(), "nobody"); err != nil {
		t.Errorf("logins of nobody: %v", err)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	ctx := t.Context()
	alice := signIn(t, s, "alice", "a", login.Hash{1}).User
	signIn(t, s, "bob", "b", login.Hash{2})
	first := login.Token{ID: "t1", Owner: "alice", Name: "laptop", Scopes: []login.Scope{login.OwnRead, login.OwnAccess}, CreatedAt: noon, Prefix: "berth_ab"}
	second := login.Token{ID: "t2", Owner: "alice", Name: "ci", Scopes: []login.Scope{login.Inherit}, CreatedAt: noon.Add(time.Minute), ExpiresAt: noon.Add(time.Hour), LastUsedAt: noon, Prefix: "berth_cd"}
	for i, tok := range []login.Token{second, first} {
		if err := s.CreateToken(ctx, tok, login.Hash{byte(10 + i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.CreateToken(ctx, login.Token{ID: "t3", Owner: "nobody", CreatedAt: noon}, login.Hash{9}); err == nil {
		t.Error("a token for a user who is not there")
	}
	list, err := s.TokensOf(ctx, "alice")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]login.Token{first, second}, list); d != "" {
		t.Errorf("list (-want +got):\n%s", d)
	}

	first.LastUsedAt = noon.Add(time.Second)
	if err := s.TouchToken(ctx, "t1", first.LastUsedAt); err != nil {
		t.Fatal(err)
	}
	got, user, err := s.TokenByHash(ctx, login.Hash{11})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(first, got) + cmp.Diff(alice, user); d != "" {
		t.Errorf("by hash (-want +got):\n%s", d)
	}

	if err := s.DeleteToken(ctx, "bob", "t1"); !errors.Is(err, login.ErrNotFound) {
		t.Errorf("somebody else's token: %v", err)
	}
	if err := s.DeleteToken(ctx, "alice", "t1"); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteToken(ctx, "alice", "t1"); !errors.Is(err, login.ErrNotFound) {
		t.Errorf("again: %v", err)
	}
	if _, _, err := s.TokenByHash(ctx, login.Hash{11}); !errors.Is(err, login.ErrNotFound) {
		t.Errorf("a deleted token: %v", err)
	}
}

func TestFailuresAreCountedByKeyAndAge(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	odd := "user:\xff\x00" + string(make([]byte, 2000))
	for i := range 5 {
		for _, key := range []string{"user:alice", odd} {
			if err := s.RecordFailure(t.Context(), key, noon.Add(time.Duration(i)*time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		key   string
		since time.Time
		want  int
	}{
		{"user:alice", noon, 5},
		{"user:alice", noon.Add(3 * time.Minute), 2},
		{"user:alice", noon.Add(time.Hour), 0},
		{"user:bob", noon, 0},
		{odd, noon, 5},
	} {
		if n, err := s.CountFailures(t.Context(), c.key, c.since); n != c.want || err != nil {
			t.Errorf("%.20q since %s: %d, %v; want %d", c.key, c.since, n, err, c.want)
		}
	}
}
