package login_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/login/logintest"
	"github.com/berth-hpc/berth/ldapauth"
)

// as is somebody in a browser.
func as(name string) login.Caller {
	return login.Caller{User: login.User{Name: name, Admin: name == "carol"}, LoginID: "l"}
}

// world is a Service on a clock of the test's own.
type world struct {
	*login.Service
	t     *testing.T
	store *logintest.Store
	dir   *logintest.Directory
	cfg   login.Config

	mu    sync.Mutex
	clock time.Time
	log   bytes.Buffer
}

func newWorld(t *testing.T, change ...func(*login.Config)) *world {
	t.Helper()
	w := &world{
		t: t, store: logintest.NewStore(), clock: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
		dir: logintest.NewDirectory(
			ldapauth.Identity{Username: "alice", DisplayName: "Alice Example", Mail: "alice@example.org", Groups: []string{"gpu-users", "researchers"}},
			ldapauth.Identity{Username: "bob"},
			ldapauth.Identity{Username: "carol", Groups: []string{"admins"}, Admin: true},
		),
	}
	w.cfg = login.Config{
		Authenticator: w.dir, Store: w.store, Tokens: w.store, Failures: w.store,
		Log: slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: w.now,
	}
	for _, c := range change {
		c(&w.cfg)
	}
	w.restart()
	return w
}

// restart is a new process on the same store.
func (w *world) restart() {
	w.t.Helper()
	s, err := login.New(w.cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Service = s
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

func (w *world) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(p)
}

func (w *world) logged() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.String()
}

const address = "192.0.2.7"

func (w *world) signIn(user string) (login.Login, string) {
	w.t.Helper()
	l, cookie, err := w.SignIn(w.t.Context(), user, user, address, "a browser")
	if err != nil {
		w.t.Fatal(err)
	}
	return l, cookie
}

func (w *world) fromCookie(cookie string) error {
	_, err := w.FromCookie(w.t.Context(), cookie)
	return err
}

func TestSignInAndOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l, cookie := w.signIn("alice")
	want := login.Login{
		ID:        l.ID,
		User:      login.User{Name: "alice", DisplayName: "Alice Example", Mail: "alice@example.org", Groups: []string{"gpu-users", "researchers"}},
		CreatedAt: w.now(), LastSeenAt: w.now(), ExpiresAt: w.now().Add(12 * time.Hour),
		IP: address, UserAgent: "a browser",
	}
	if diff := cmp.Diff(want, l); diff != "" {
		t.Error(diff)
	}
	if l.ID == "" || len(cookie) != 43 || strings.Contains(cookie, l.ID) {
		t.Errorf("id %q, cookie %q", l.ID, cookie)
	}
	got, err := w.FromCookie(t.Context(), cookie)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	other, otherCookie := w.signIn("alice")
	if other.ID == l.ID || otherCookie == cookie {
		t.Error("two logins share their secret or id")
	}
	if err := w.SignOut(t.Context(), "alice", l.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.fromCookie(cookie); !errors.Is(err, login.ErrNotFound) {
		t.Errorf("after signing out: %v", err)
	}
	if err := w.SignOut(t.Context(), "alice", l.ID); err != nil {
		t.Errorf("signing out twice: %v", err)
	}
	if err := w.fromCookie(otherCookie); err != nil {
		t.Errorf("the other browser: %v", err)
	}
	if err := w.SignOutAll(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	if err := w.fromCookie(otherCookie); !errors.Is(err, login.ErrNotFound) {
		t.Errorf("after signing out everywhere: %v", err)
	}
}

func TestOutcomesAreKeptApart(t *testing.T) {
	t.Parallel()
	for outcome, cause := range map[string]error{
		"invalid credentials":   fmt.Errorf("%w: locked", ldapauth.ErrInvalidCredentials),
		"not allowed":           fmt.Errorf("%w: no group", ldapauth.ErrNotAllowed),
		"directory unavailable": fmt.Errorf("%w: refused", ldapauth.ErrUnavailable),
		"failed":                errors.New("something else"),
		"given up":              fmt.Errorf("%w: %w", ldapauth.ErrUnavailable, context.Canceled),
	} {
		w := newWorld(t)
		w.dir.Fail(cause)
		l, cookie, err := w.SignIn(t.Context(), "alice", "hunter2", address, "")
		if !errors.Is(err, cause) || cookie != "" || l.ID != "" {
			t.Errorf("%s: %v, %q, %+v", outcome, err, cookie, l)
		}
		log := w.logged()
		if strings.Count(log, "\n") != 1 || !strings.Contains(log, outcome) || !strings.Contains(log, "user=alice ip="+address) {
			t.Errorf("%s: logged %q", outcome, log)
		}
		if got, want := len(w.store.FailureKeys()) > 0, outcome == "invalid credentials"; got != want {
			t.Errorf("%s: counted as a failure: %t", outcome, got)
		}
	}
}

func TestNothingSecretIsLoggedOrStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, cookie := w.signIn("alice")
	_, secret, err := w.CreateToken(t.Context(), as("alice"), login.NewToken{Name: "script"})
	if err != nil {
		t.Fatal(err)
	}
	// A password in the field for the name, and a wrong one.
	for _, c := range [][2]string{{"My Secret-Pass!", "x"}, {"alice", "hunter2-wrong"}} {
		if _, _, err := w.SignIn(t.Context(), c[0], c[1], address, ""); err == nil {
			t.Fatal("that should not work")
		}
	}
	all := w.logged() + strings.Join(w.store.FailureKeys(), "\n") + fmt.Sprintf("%+v", w.store)
	for _, s := range []string{cookie, secret, strings.TrimPrefix(secret, "berth_"), "Secret-Pass", "secret-pass", "hunter2"} {
		if strings.Contains(all, s) {
			t.Errorf("%q is in the log or the store", s)
		}
	}
}

func TestLoginEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, idle := w.signIn("alice")
	_, busy := w.signIn("alice")
	for range 13 { // 6.5 days in use, 12 hours minus a minute apart
		w.wait(12*time.Hour - time.Minute)
		if err := w.fromCookie(busy); err != nil {
			t.Fatalf("in use, at %s: %v", w.now(), err)
		}
	}
	if err := w.fromCookie(idle); !errors.Is(err, login.ErrNotFound) {
		t.Errorf("idle: %v", err)
	}
	w.wait(11 * time.Hour)
	l, err := w.FromCookie(t.Context(), busy)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := l.ExpiresAt, l.CreatedAt.Add(7*24*time.Hour); !got.Equal(want) {
		t.Errorf("expires at %s, want the absolute limit %s", got, want)
	}
	w.wait(l.ExpiresAt.Sub(w.now()) - time.Second)
	if err := w.fromCookie(busy); err != nil {
		t.Errorf("a second before the absolute limit: %v", err)
	}
	w.wait(time.Second)
	if err := w.fromCookie(busy); !errors.Is(err, login.ErrNotFound) {
		t.Errorf("at the absolute limit: %v", err)
	}
}

// When the site changes its limits, the stricter of the old and the new ones
// holds for a login that exists.
func TestLimitsThatChange(t *testing.T) {
	t.Parallel()
	idle := func(d time.Duration) func(*login.Config) { return func(c *login.Config) { c.Idle = d } }
	absolute := func(d time.Duration) func(*login.Config) { return func(c *login.Config) { c.Absolute = d } }
	for name, c := range map[string]struct{ before, after func(*login.Config) }{
		"idle shorter":     {idle(12 * time.Hour), idle(time.Hour)},
		"idle longer":      {idle(time.Hour), idle(12 * time.Hour)},
		"absolute shorter": {absolute(12 * time.Hour), absolute(time.Hour)},
		"absolute longer":  {absolute(time.Hour), absolute(12 * time.Hour)},
	} {
		w := newWorld(t, c.before)
		_, early := w.signIn("alice")
		_, late := w.signIn("alice")
		c.after(&w.cfg)
		w.restart()
		w.wait(time.Hour - time.Second)
		if err := w.fromCookie(early); err != nil {
			t.Errorf("%s: within both: %v", name, err)
		}
		w.wait(time.Second)
		if err := w.fromCookie(late); !errors.Is(err, login.ErrNotFound) {
			t.Errorf("%s: past one: %v", name, err)
		}
	}
}

// hasty is a browser that goes away while its password is being checked.
type hasty struct {
	login.Authenticator
	leave context.CancelFunc
}

func (h hasty) Authenticate(ctx context.Context, username, password string) (ldapauth.Identity, error) {
	defer h.leave()
	return h.Authenticator.Authenticate(ctx, username, password)
}

func TestAGuessCountsEvenIfNobodyWaitsForTheAnswer(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	w := newWorld(t, func(c *login.Config) { c.Authenticator = hasty{c.Authenticator, leave} })
	if _, _, err := w.SignIn(ctx, "alice", "wrong", address, ""); !errors.Is(err, ldapauth.ErrInvalidCredentials) {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"addr:" + address, "user:alice"}, w.store.FailureKeys()); diff != "" {
		t.Error(diff)
	}
}

func TestBadCookiesAreNotLookedUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, cookie := w.signIn("alice")
	for _, value := range []string{"", "x", cookie + "=", cookie[:42], cookie + "\n", "\n" + cookie, strings.Repeat("A", 1<<20), cookie[:42] + "é"} {
		if err := w.fromCookie(value); !errors.Is(err, login.ErrNotFound) {
			t.Errorf("%.50q: %v", value, err)
		}
	}
	if n := w.store.Calls("LoginByHash"); n != 0 {
		t.Errorf("%d of them reached the store", n)
	}
	if err := w.fromCookie(strings.Repeat("A", 43)); !errors.Is(err, login.ErrNotFound) || w.store.Calls("LoginByHash") != 1 {
		t.Errorf("well-formed but unknown: %v", err)
	}
}

func TestStoreThatIsDownIsNotASignOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, cookie := w.signIn("alice")
	down := errors.New("connection refused")
	w.store.Fail(down)
	if err := w.fromCookie(cookie); !errors.Is(err, down) || errors.Is(err, login.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if _, _, err := w.SignIn(t.Context(), "alice", "alice", address, ""); !errors.Is(err, down) {
		t.Errorf("signing in: %v", err)
	}
	w.store.Fail(nil)
	if err := w.fromCookie(cookie); err != nil {
		t.Error(err)
	}
	w.store.Fail(down) // cached now: the page goes on
	if err := w.fromCookie(cookie); err != nil {
		t.Error(err)
	}
}

func TestNewChecksItsConfiguration(t *testing.T) {
	t.Parallel()
	good := newWorld(t).cfg
	for name, change := range map[string]func(*login.Config){
		"no authenticator": func(c *login.Config) { c.Authenticator = nil },
		"no store":         func(c *login.Config) { c.Store = nil },
		"no tokens":        func(c *login.Config) { c.Tokens = nil },
		"no log":           func(c *login.Config) { c.Log = nil },
		"negative":         func(c *login.Config) { c.Idle = -1 },
		"half a rate":      func(c *login.Config) { c.Throttle.User = login.Rate{Burst: 3} },
		"tiny":             func(c *login.Config) { c.Throttle.MaxEntries = 1 },
	} {
		cfg := good
		change(&cfg)
		if _, err := login.New(cfg); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	good.Failures = nil
	if _, err := login.New(good); err != nil {
		t.Errorf("Failures is optional: %v", err)
	}
}
