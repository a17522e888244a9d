package login_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/ldapauth"
)

// try signs in and says how it went.
func (w *world) try(user, password, ip string) string {
	_, _, err := w.SignIn(w.t.Context(), user, password, ip, "")
	var throttled *login.Throttled
	switch {
	case err == nil:
		return "in"
	case errors.As(err, &throttled):
		if throttled.RetryAfter < time.Second {
			w.t.Errorf("to be tried again in %s", throttled.RetryAfter)
		}
		return "throttled"
	case errors.Is(err, ldapauth.ErrInvalidCredentials):
		return "invalid"
	case errors.Is(err, ldapauth.ErrUnavailable):
		return "unavailable"
	}
	w.t.Fatal(err)
	return ""
}

func (w *world) expect(want, user, password, ip string) {
	w.t.Helper()
	if got := w.try(user, password, ip); got != want {
		w.t.Errorf("%s with %q from %s: %s, want %s", user, password, ip, got, want)
	}
}

func smallThrottle(c *login.Config) {
	c.Throttle.User = login.Rate{Burst: 3, Every: time.Minute}
	c.Throttle.Address = login.Rate{Burst: 10, Every: time.Second}
}

func TestThrottlePerUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, smallThrottle)
	for i := range 3 {
		w.expect("invalid", []string{"alice", "Alice", " ALICE "}[i], "wrong", fmt.Sprintf("192.0.2.%d", i))
	}
	asked := w.dir.Asked()
	w.expect("throttled", "alice", "alice", "198.51.100.1")
	if w.dir.Asked() != asked {
		t.Error("the directory was asked all the same")
	}
	w.expect("in", "bob", "bob", "198.51.100.1")
	w.wait(59 * time.Second)
	w.expect("throttled", "alice", "alice", "198.51.100.1")
	w.wait(time.Second)
	w.expect("invalid", "alice", "wrong", "198.51.100.1")
	w.expect("throttled", "alice", "alice", "198.51.100.1")
	w.wait(time.Minute)
	w.expect("in", "alice", "alice", "198.51.100.1")
	for range 3 { // the success gave a whole burst back
		w.expect("invalid", "alice", "wrong", "198.51.100.1")
	}
	w.expect("throttled", "alice", "wrong", "198.51.100.1")
}

func TestRetryAfterIsWhenItWorks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, smallThrottle)
	for range 3 {
		w.expect("invalid", "alice", "wrong", address)
	}
	w.wait(20 * time.Second)
	_, _, err := w.SignIn(t.Context(), "alice", "alice", address, "")
	var throttled *login.Throttled
	if !errors.As(err, &throttled) {
		t.Fatal(err)
	}
	if d := throttled.RetryAfter - 40*time.Second; d < -time.Millisecond || d > time.Millisecond {
		t.Errorf("try again in %s, want 40s", throttled.RetryAfter)
	}
	w.wait(throttled.RetryAfter + time.Millisecond)
	w.expect("in", "alice", "alice", address)
}

func TestThrottlePerAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, smallThrottle)
	for i := range 10 {
		w.expect("invalid", fmt.Sprintf("guess%d", i), "wrong", "192.0.2.7")
		// Knowing one password buys no guesses at others.
		if i < 9 {
			w.expect("in", "bob", "bob", "192.0.2.7")
		}
	}
	w.expect("throttled", "alice", "alice", "192.0.2.7")
	w.expect("throttled", "alice", "alice", "::ffff:192.0.2.7")
	w.expect("in", "alice", "alice", "192.0.2.8")

	for i := range 10 {
		w.expect("invalid", fmt.Sprintf("other%d", i), "wrong", fmt.Sprintf("2001:db8:1:1::%d", i))
	}
	w.expect("throttled", "alice", "alice", "2001:db8:1:1:ffff::1")
	w.expect("in", "alice", "alice", "2001:db8:1:2::1")
	for i := range 10 {
		w.expect("invalid", fmt.Sprintf("again%d", i), "wrong", []string{"", "@", "pipe"}[i%3])
	}
	w.expect("throttled", "alice", "alice", "")
}

func TestManyPeopleOfOneAddressMaySignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, smallThrottle)
	for range 100 {
		w.expect("in", "alice", "alice", address)
	}
}

func TestDirectoryDownCountsAgainstNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, smallThrottle)
	w.dir.Fail(ldapauth.ErrUnavailable)
	for range 50 {
		w.expect("unavailable", "alice", "alice", address)
	}
	w.dir.Fail(nil)
	w.expect("in", "alice", "alice", address)
}

func TestRestartForgetsNoFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t, smallThrottle)
	for range 3 {
		w.expect("invalid", "alice", "wrong", address)
	}
	w.restart()
	w.expect("throttled", "alice", "alice", "198.51.100.1")
	w.wait(time.Minute)
	w.expect("in", "alice", "alice", "198.51.100.1")
	for range 2 {
		w.expect("invalid", "bob", "wrong", address)
	}
	w.restart()
	w.expect("invalid", "bob", "wrong", address)
	w.expect("throttled", "bob", "bob", address)
	w.wait(4 * time.Minute)
	w.restart()
	w.expect("in", "bob", "bob", address)
}

// Several replicas share the store: together they allow two bursts, not one
// burst each.
func TestReplicasThrottleTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t, smallThrottle)
	var replicas []*login.Service
	for range 5 {
		w.restart()
		replicas = append(replicas, w.Service)
		w.expect("in", "alice", "alice", address) // so that all have seen her
	}
	w.wait(time.Second)
	invalid := 0
	for i, r := range replicas {
		w.Service = r
		for j := range 3 {
			if w.try("alice", "wrong", fmt.Sprintf("198.51.100.%d", 10*i+j)) == "invalid" {
				invalid++
			}
		}
	}
	if invalid != 6 {
		t.Errorf("%d guesses got through to the directory, want 6", invalid)
	}
}

func TestThrottleWithoutItsStore(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*login.Config){
		"none": func(c *login.Config) { c.Failures = nil },
		"down": func(c *login.Config) {
			down := newWorld(t).store
			down.Fail(errors.New("connection refused"))
			c.Failures = down
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, smallThrottle, change)
			for range 3 {
				w.expect("invalid", "alice", "wrong", address)
			}
			w.expect("throttled", "alice", "alice", address)
			w.expect("in", "bob", "bob", address)
		})
	}
}

// Guesses that are made at once cannot exceed the burst.
func TestConcurrentGuesses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, smallThrottle)
	var wg sync.WaitGroup
	results := make(chan string, 100)
	for range cap(results) {
		wg.Go(func() { results <- w.try("alice", "wrong", address) })
	}
	wg.Wait()
	close(results)
	count := map[string]int{}
	for r := range results {
		count[r]++
	}
	if count["invalid"] != 3 || w.dir.Asked() != 3 {
		t.Errorf("%v, the directory was asked %d times", count, w.dir.Asked())
	}
}

// A flood of names and addresses neither grows without bound nor washes out
// what is known of one user, which is in the store.
func TestFloodOfNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, smallThrottle, func(c *login.Config) { c.Throttle.MaxEntries = 20 })
	for range 3 {
		w.expect("invalid", "alice", "wrong", address)
	}
	for i := range 200 {
		w.expect("invalid", fmt.Sprintf("guess%d", i), "wrong", fmt.Sprintf("198.51.%d.%d", i/100, i%100))
	}
	w.expect("throttled", "alice", "alice", "203.0.113.1")
}

// Whatever happens in whatever order: no more wrong guesses at one user reach
// the directory than a burst and the time allow, and somebody at whom nobody
// has guessed for a window is never throttled.
func TestThrottleHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, smallThrottle, func(c *login.Config) {
			c.Throttle.Address = login.Rate{Burst: 1000, Every: time.Second}
			c.Throttle.MaxEntries = rapid.IntRange(2, 5).Draw(rt, "entries")
		})
		const window = 3 * time.Minute
		guesses := map[string][]time.Time{} // that reached the directory
		started := map[string]time.Time{}   // the last success
		user := rapid.SampledFrom([]string{"alice", "bob"})
		since := func(name string, from time.Time) (n int) {
			for _, at := range guesses[name] {
				if !at.Before(from) {
					n++
				}
			}
			return n
		}
		// After a restart it is known how many failures there were, but not when:
		// then it may take one Every longer.
		justified := func(name string) bool { return since(name, w.now().Add(-window-time.Minute)) > 0 }
		rt.Repeat(map[string]func(*rapid.T){
			"guess": func(rt *rapid.T) {
				name := user.Draw(rt, "user")
				from := w.now().Add(-window)
				if s := started[name]; s.After(from) {
					from = s
				}
				before := since(name, from)
				switch w.try(name, "wrong", address) {
				case "invalid":
					guesses[name] = append(guesses[name], w.now())
					if before >= 6 {
						rt.Fatalf("guess %d at %s within %s got through", before+1, name, window)
					}
				case "throttled":
					if !justified(name) {
						rt.Fatalf("%s is throttled for nothing", name)
					}
				}
			},
			"sign in": func(rt *rapid.T) {
				name := user.Draw(rt, "user")
				switch w.try(name, name, address) {
				case "in":
					w.wait(time.Millisecond)
					started[name] = w.now()
				case "throttled":
					if !justified(name) {
						rt.Fatalf("%s is throttled for nothing", name)
					}
				}
			},
			"down": func(rt *rapid.T) {
				w.dir.Fail(ldapauth.ErrUnavailable)
				w.try(user.Draw(rt, "user"), "wrong", address)
				w.dir.Fail(nil)
			},
			"wait":    func(rt *rapid.T) { w.wait(time.Duration(rapid.IntRange(1, 240).Draw(rt, "s")) * time.Second) },
			"restart": func(*rapid.T) { w.restart() },
		})
	})
}
