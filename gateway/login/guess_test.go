package login_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/login"
)

func TestWrongTokensAreThrottled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *login.Config) { c.Throttle.Token = login.Rate{Burst: 5, Every: time.Second} })
	w.signIn("alice")
	_, secret, err := w.CreateToken(t.Context(), as("alice"), login.NewToken{Name: "script"})
	if err != nil {
		t.Fatal(err)
	}
	look := func(secret, ip string) error {
		_, _, err := w.FromToken(t.Context(), secret, ip)
		return err
	}
	if err := look(secret, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	wrong := func(i int) string { return "berth_" + strings.Repeat("A", 42) + fmt.Sprint(4*(i%2)) }
	for i := range 5 {
		if err := look(wrong(i), "192.0.2.1"); !errors.Is(err, login.ErrNotFound) {
			t.Fatalf("wrong token %d: %v", i, err)
		}
	}
	asked := w.store.Calls("TokenByHash")
	var throttled *login.Throttled
	for i := range 100 {
		if err := look(wrong(i), "192.0.2.1"); !errors.As(err, &throttled) || throttled.RetryAfter < time.Second {
			t.Fatalf("one more: %v", err)
		}
	}
	if got := w.store.Calls("TokenByHash"); got != asked {
		t.Errorf("the store was asked %d times more", got-asked)
	}
	if err := look(secret, "192.0.2.1"); err != nil {
		t.Errorf("a token that is in use: %v", err)
	}
	if err := look(wrong(0), "192.0.2.2"); !errors.Is(err, login.ErrNotFound) {
		t.Errorf("another address: %v", err)
	}
	w.wait(time.Second)
	if err := look(wrong(0), "192.0.2.1"); !errors.Is(err, login.ErrNotFound) {
		t.Errorf("a second later: %v", err)
	}
}
