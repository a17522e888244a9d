package login_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/login"
)

func TestTokenLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("alice") // makes the user known
	tok, secret, err := w.CreateToken(t.Context(), as("alice"), login.NewToken{Name: " my script ", Life: 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	want := login.Token{
		ID: tok.ID, Owner: "alice", Name: "my script", Scopes: []login.Scope{login.Self},
		CreatedAt: w.now(), ExpiresAt: w.now().Add(24 * time.Hour), Prefix: secret[:12],
	}
	if diff := cmp.Diff(want, tok); diff != "" {
		t.Error(diff)
	}
	if !strings.HasPrefix(secret, "berth_") || len(secret) != len("berth_")+43 {
		t.Errorf("the token is %q", secret)
	}
	w.wait(time.Hour)
	user, got, err := w.FromToken(t.Context(), secret, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	if user.Name != "alice" || got.ID != tok.ID || !got.LastUsedAt.Equal(w.now()) {
		t.Errorf("got %+v, %+v", user, got)
	}
	if list, err := w.ListTokens(t.Context(), "alice"); err != nil || len(list) != 1 || !list[0].LastUsedAt.Equal(w.now()) {
		t.Errorf("listed %+v, %v", list, err)
	}
	if list, err := w.ListTokens(t.Context(), "bob"); err != nil || len(list) != 0 {
		t.Errorf("bob sees %+v, %v", list, err)
	}
	w.wait(23*time.Hour - time.Second)
	if _, _, err := w.FromToken(t.Context(), secret, "192.0.2.1"); err != nil {
		t.Errorf("a second before its end: %v", err)
	}
	w.wait(time.Second)
	if _, _, err := w.FromToken(t.Context(), secret, "192.0.2.1"); !errors.Is(err, login.ErrNotFound) {
		t.Errorf("at its end: %v", err)
	}
}

func TestDeleteToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn("alice")
	tok, secret, err := w.CreateToken(t.Context(), as("alice"), login.NewToken{Name: "script"})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.FromToken(t.Context(), secret, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	if err := w.DeleteToken(t.Context(), "bob", tok.ID); !errors.Is(err, login.ErrNotFound) {
		t.Errorf("bob deletes it: %v", err)
	}
	if _, _, err := w.FromToken(t.Context(), secret, "192.0.2.1"); err != nil {
		t.Errorf("after bob tried: %v", err)
	}
	if err := w.DeleteToken(t.Context(), "alice", tok.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.FromToken(t.Context(), secret, "192.0.2.1"); !errors.Is(err, login.ErrNotFound) {
		t.Errorf("after deletion: %v", err)
	}
}

func TestATokenIsNoCookieAndTheOtherWayRound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, cookie := w.signIn("alice")
	_, secret, err := w.CreateToken(t.Context(), as("alice"), login.NewToken{Name: "script"})
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{secret, strings.TrimPrefix(secret, "berth_")} {
		if err := w.fromCookie(value); !errors.Is(err, login.ErrNotFound) {
			t.Errorf("a token as cookie: %v", err)
		}
	}
	for _, value := range []string{cookie, "berth_" + cookie, "", "berth_", "BERTH_" + secret[6:], secret + " "} {
		if _, _, err := w.FromToken(t.Context(), value, "192.0.2.1"); !errors.Is(err, login.ErrNotFound) {
			t.Errorf("%q as token: %v", value, err)
		}
	}
}

func TestTokensAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *login.Config) { c.MaxTokens, c.MaxTokenAge = 3, 30*24*time.Hour })
	for _, c := range []struct {
		name  string
		ttl   time.Duration
		field string
	}{
		{"", 0, "name"},
		{"  ", 0, "name"},
		{strings.Repeat("x", 65), 0, "name"},
		{"a\nb", 0, "name"},
		{"a\x00", 0, "name"},
		{"\xff", 0, "name"},
		{"ok", -time.Second, "ttl"},
		{"ok", 31 * 24 * time.Hour, "ttl"},
	} {
		_, _, err := w.CreateToken(t.Context(), as("alice"), login.NewToken{Name: c.name, Life: c.ttl})
		var invalid *login.InvalidToken
		if !errors.As(err, &invalid) || invalid.Field != c.field {
			t.Errorf("%q for %s: %v", c.name, c.ttl, err)
		}
	}
	for range 3 {
		tok, _, err := w.CreateToken(t.Context(), as("alice"), login.NewToken{Name: "é"})
		if err != nil {
			t.Fatal(err)
		}
		if want := w.now().Add(30 * 24 * time.Hour); !tok.ExpiresAt.Equal(want) {
			t.Errorf("expires at %s, want %s", tok.ExpiresAt, want)
		}
	}
	var invalid *login.InvalidToken
	if _, _, err := w.CreateToken(t.Context(), as("alice"), login.NewToken{Name: "one more"}); !errors.As(err, &invalid) {
		t.Errorf("a fourth: %v", err)
	}
	if _, _, err := w.CreateToken(t.Context(), as("bob"), login.NewToken{Name: "first"}); err != nil {
		t.Errorf("bob's first: %v", err)
	}

	w = newWorld(t, func(c *login.Config) { c.MaxTokenAge = -1 })
	if tok, _, err := w.CreateToken(t.Context(), as("alice"), login.NewToken{Name: "for ever"}); err != nil || !tok.ExpiresAt.IsZero() {
		t.Errorf("for ever: %+v, %v", tok, err)
	}
}

func TestRevokeEndsEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, cookie := w.signIn("alice")
	_, bobs := w.signIn("bob")
	_, one, err := w.CreateToken(t.Context(), as("alice"), login.NewToken{Name: "one"})
	if err != nil {
		t.Fatal(err)
	}
	_, two, err := w.CreateToken(t.Context(), as("alice"), login.NewToken{Name: "two"})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Revoke(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	if err := w.fromCookie(cookie); !errors.Is(err, login.ErrNotFound) {
		t.Errorf("the login: %v", err)
	}
	for _, secret := range []string{one, two} {
		if _, _, err := w.FromToken(t.Context(), secret, "192.0.2.1"); !errors.Is(err, login.ErrNotFound) {
			t.Errorf("a token: %v", err)
		}
	}
	if err := w.fromCookie(bobs); err != nil {
		t.Errorf("bob: %v", err)
	}
}
