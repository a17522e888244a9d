package login_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/login"
)

func TestManyRequestsCostOneQuery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, cookie := w.signIn("alice")
	_, secret, err := w.CreateToken(t.Context(), as("alice"), login.NewToken{Name: "script"})
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if err := w.fromCookie(cookie); err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.FromToken(t.Context(), secret, "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
		w.wait(40 * time.Millisecond)
	}
	for method, want := range map[string]int{"LoginByHash": 1, "TokenByHash": 1, "TouchLogin": 0, "TouchToken": 1} {
		if got := w.store.Calls(method); got != want {
			t.Errorf("%s was called %d times in 4 s, want %d", method, got, want)
		}
	}
	w.wait(2 * time.Minute)
	for range 10 {
		if err := w.fromCookie(cookie); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.store.Calls("TouchLogin"); got != 1 {
		t.Errorf("the use after two minutes was noted %d times", got)
	}
}

func TestForgetIsHonouredAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, forget := range map[string]func(){
		"Forget":    func() { w.Forget("alice") },
		"ForgetAll": func() { w.ForgetAll() },
		"time":      func() { w.wait(5 * time.Second) },
	} {
		l, cookie := w.signIn("alice")
		if err := w.fromCookie(cookie); err != nil {
			t.Fatal(err)
		}
		// Another replica: groups change.
		l.User.Groups = []string{name}
		w.store.AddUser(l.User)
		forget()
		if got, err := w.FromCookie(t.Context(), cookie); err != nil || got.User.Groups[0] != name {
			t.Errorf("%s: groups are %q, %v", name, got.User.Groups, err)
		}
		// Another replica: signs out.
		if err := w.store.DeleteLogin(t.Context(), l.ID); err != nil {
			t.Fatal(err)
		}
		forget()
		if err := w.fromCookie(cookie); !errors.Is(err, login.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSigningInAgainRefreshesTheOtherBrowsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, first := w.signIn("alice")
	l, err := w.FromCookie(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	stale := l.User
	stale.Groups = []string{"stale"}
	w.store.AddUser(stale)
	w.Forget("alice")
	if l, err = w.FromCookie(t.Context(), first); err != nil || l.User.Groups[0] != "stale" {
		t.Fatal(l, err)
	}
	w.signIn("alice")
	if l, err = w.FromCookie(t.Context(), first); err != nil || l.User.Groups[0] == "stale" {
		t.Errorf("groups are %q, %v", l.User.Groups, err)
	}
}

// slowStore lets a test stop LoginByHash after it has read the row.
type slowStore struct {
	login.Store
	read, goOn chan struct{}
}

func (s *slowStore) LoginByHash(ctx context.Context, h login.Hash) (login.Login, error) {
	l, err := s.Store.LoginByHash(ctx, h)
	s.read <- struct{}{}
	<-s.goOn
	return l, err
}

// A row that was read before it was deleted must not get into the cache after.
func TestSignOutDuringALookUp(t *testing.T) {
	t.Parallel()
	slow := &slowStore{read: make(chan struct{}), goOn: make(chan struct{})}
	w := newWorld(t, func(c *login.Config) { slow.Store = c.Store; c.Store = slow })
	l, cookie := w.signIn("alice")
	done := make(chan error, 1)
	look := func() { _, err := w.FromCookie(context.Background(), cookie); done <- err }

	go look()
	<-slow.read
	if err := w.SignOut(t.Context(), "alice", l.ID); err != nil {
		t.Fatal(err)
	}
	slow.goOn <- struct{}{}
	if err := <-done; err != nil {
		t.Errorf("a request that began before: %v", err)
	}
	go look()
	select {
	case <-slow.read:
		slow.goOn <- struct{}{}
		if err := <-done; !errors.Is(err, login.ErrNotFound) {
			t.Errorf("a request after: %v", err)
		}
	case err := <-done:
		t.Errorf("a request after was answered from the cache: %v", err)
	}
}
