package login_test

import (
	"errors"
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/login"
)

// Whoever works when the store stops answering works on; whoever comes new is
// told that the store does not answer.
func TestThoseInUseOutlastTheStore(t *testing.T) {
	t.Parallel()
	errDown := errors.New("the database does not answer")
	w := newWorld(t)
	_, cookie := w.signIn("alice")
	_, idle := w.signIn("bob")
	_, secret, err := w.CreateToken(t.Context(), as("alice"), login.NewToken{Name: "script"})
	if err != nil {
		t.Fatal(err)
	}
	use := func() error {
		_, _, err := w.FromToken(t.Context(), secret, "192.0.2.1")
		return errors.Join(err, w.fromCookie(cookie))
	}
	if err := use(); err != nil {
		t.Fatal(err)
	}
	w.store.Fail(errDown)
	before := w.store.Calls("LoginByHash")
	for range 14 * 60 {
		w.wait(time.Second)
		if err := use(); err != nil {
			t.Fatal(err)
		}
	}
	if asked := w.store.Calls("LoginByHash") - before; asked > 200 {
		t.Errorf("a store that does not answer was asked %d times in 14 minutes", asked)
	}
	if err := w.fromCookie(idle); !errors.Is(err, errDown) {
		t.Errorf("who was not here before: %v", err)
	}
	w.wait(2 * time.Minute)
	if err := use(); !errors.Is(err, errDown) {
		t.Errorf("after 16 minutes: %v", err)
	}
	w.store.Fail(nil)
	if err := use(); err != nil {
		t.Errorf("when the store answers again: %v", err)
	}
}

// The end of a login that was known before the store stopped answering holds,
// and so does one that is heard of when it answers again.
func TestAnEndedLoginDoesNotOutlastTheStore(t *testing.T) {
	t.Parallel()
	errDown := errors.New("the database does not answer")
	w := newWorld(t)
	l, cookie := w.signIn("alice")
	_, other := w.signIn("alice")
	for _, c := range []string{cookie, other} {
		if err := w.fromCookie(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.SignOut(t.Context(), "alice", l.ID); err != nil {
		t.Fatal(err)
	}
	w.store.Fail(errDown)
	if err := w.fromCookie(cookie); err == nil {
		t.Error("a login that was signed out goes on without the store")
	}
	w.store.Fail(nil)
	if err := w.fromCookie(other); err != nil {
		t.Fatal(err)
	}
	w.store.Fail(errDown)
	w.wait(10 * time.Second)
	if err := w.fromCookie(other); err != nil {
		t.Fatal(err)
	}
	w.store.Fail(nil)
	if err := w.store.DeleteLoginsOf(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	w.wait(5 * time.Second)
	if err := w.fromCookie(other); !errors.Is(err, login.ErrNotFound) {
		t.Errorf("a login that was deleted meanwhile: %v", err)
	}
}
