package login

import (
	"sync"
	"time"
)

// guesses bounds how often one address may come with tokens that are none. They
// cannot be guessed; this keeps somebody who tries from asking the store each
// time. Tokens that are cached are not held up.
type guesses struct {
	rate Rate

	mu      sync.Mutex
	buckets *buckets
}

func newGuesses(r Rate, most int) *guesses {
	return &guesses{rate: r, buckets: newBuckets(most)}
}

// check returns *Throttled when the address has to wait before another token of
// it is looked up.
func (g *guesses) check(now time.Time, ip string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	b, ok := g.buckets.byKey[addressKey(ip)]
	if !ok {
		return nil
	}
	if wait := b.wait(now); wait > 0 {
		return &Throttled{RetryAfter: wait}
	}
	return nil
}

// wrong counts a token that was none.
func (g *guesses) wrong(now time.Time, ip string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.buckets.of(addressKey(ip), g.rate).spend(now, 1)
}
