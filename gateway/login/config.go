package login

import (
	"errors"
	"log/slog"
	"time"
)

// Config is what a Service works with. Authenticator, Store, Tokens and Log are
// required; everything else has a default.
type Config struct {
	Authenticator Authenticator
	Store         Store
	Tokens        TokenStore
	// Failures is optional: without it a restart forgets failed sign-ins.
	Failures FailureStore
	Log      *slog.Logger
	Now      func() time.Time // default time.Now

	// Idle ends a login that was not used for so long. Default 12h.
	Idle time.Duration
	// Absolute ends every login so long after sign-in. Default 7d.
	Absolute time.Duration
	// CacheFor is how long a login or token is believed without asking the
	// store. Default 5s.
	CacheFor time.Duration
	// SignedIn is told what came of each try to sign in: one of Outcomes. It
	// returns at once. Optional.
	SignedIn func(outcome string)
	// Throttle bounds failed sign-ins.
	Throttle Throttle

	// MaxTokens is how many API tokens one user may have. Default 50.
	MaxTokens int
	// MaxTokenAge is the longest life of an API token, and the life of one for
	// which nothing is said. Default 365d. Negative: tokens may live for ever.
	MaxTokenAge time.Duration
}

// Throttle bounds failed sign-ins per user name and per address. Sign-ins that
// succeed cost nothing.
type Throttle struct {
	// User bounds the failures for one user name, wherever they come from.
	// Default: 8 at once, then one per minute.
	User Rate
	// Address bounds those from one IPv4 address or one IPv6 /64 network, which
	// may be a whole campus. Default: 50 at once, then one per 5 seconds.
	Address Rate
	// Token bounds API tokens that are none, from one address or network. They are
	// counted in memory only. Default: 200 at once, then 20 per second.
	Token Rate
	// MaxEntries is how many names and addresses are remembered in memory. The
	// one that was used the longest ago is forgotten first. Default 10000.
	MaxEntries int
}

// Rate allows Burst failures at once and one more after each Every.
type Rate struct {
	Burst int
	Every time.Duration
}

// window is how long it takes to win a whole burst back. Older failures do not
// count.
func (r Rate) window() time.Duration { return time.Duration(r.Burst) * r.Every }

// Window is the age from which on a stored failure counts no more and may be
// deleted.
func (t Throttle) Window() time.Duration {
	t = t.withDefaults()
	return max(t.User.window(), t.Address.window())
}

func (t Throttle) withDefaults() Throttle {
	set(&t.User, Rate{Burst: 8, Every: time.Minute})
	set(&t.Address, Rate{Burst: 50, Every: 5 * time.Second})
	set(&t.Token, Rate{Burst: 200, Every: 50 * time.Millisecond})
	set(&t.MaxEntries, 10_000)
	return t
}

func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	set(&c.Idle, 12*time.Hour)
	set(&c.Absolute, 7*24*time.Hour)
	set(&c.CacheFor, 5*time.Second)
	set(&c.MaxTokens, 50)
	set(&c.MaxTokenAge, 365*24*time.Hour)
	c.Throttle = c.Throttle.withDefaults()
	return c
}

func (c Config) validate() error {
	var faults []error
	if c.Authenticator == nil || c.Store == nil || c.Tokens == nil || c.Log == nil {
		faults = append(faults, errors.New("login: Authenticator, Store, Tokens and Log are required"))
	}
	if c.Idle < 0 || c.Absolute < 0 || c.CacheFor < 0 || c.MaxTokens < 0 {
		faults = append(faults, errors.New("login: a time or number is negative"))
	}
	for _, r := range []Rate{c.Throttle.User, c.Throttle.Address, c.Throttle.Token} {
		if r.Burst <= 0 || r.Every <= 0 {
			faults = append(faults, errors.New("login: a throttle needs a burst and a time"))
		}
	}
	if c.Throttle.MaxEntries < 2 {
		faults = append(faults, errors.New("login: a throttle needs to remember a name and an address"))
	}
	return errors.Join(faults...)
}

func set[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
