package login

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// throttle decides whether a sign-in may be checked. The buckets in memory
// decide at once; the stored failures carry what was known over a restart and
// bound what several replicas allow together.
type throttle struct {
	cfg      Throttle
	failures FailureStore // nil: none
	log      *slog.Logger

	mu      sync.Mutex
	buckets *buckets
}

func newThrottle(cfg Throttle, failures FailureStore, log *slog.Logger) *throttle {
	return &throttle{cfg: cfg, failures: failures, log: log, buckets: newBuckets(cfg.MaxEntries)}
}

// attempt is one sign-in that is being checked. Exactly one of succeeded,
// failed and aborted ends it.
type attempt struct {
	throttle *throttle
	buckets  []*bucket
}

// begin lets a sign-in through to the directory, or returns *Throttled. The
// address comes first, so that one that has to wait makes us remember no names.
func (t *throttle) begin(ctx context.Context, now time.Time, keys ...key) (*attempt, error) {
	try := &attempt{throttle: t}
	for _, k := range keys {
		if wait := t.enter(try, now, k); wait > 0 {
			try.aborted()
			return nil, &Throttled{RetryAfter: wait}
		}
	}
	for _, b := range try.buckets {
		if wait := t.recall(ctx, now, b); wait > 0 {
			try.aborted()
			return nil, &Throttled{RetryAfter: wait}
		}
	}
	return try, nil
}

// enter takes the attempt up in the key's bucket unless it has to wait.
func (t *throttle) enter(try *attempt, now time.Time, k key) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.cfg.Address
	if k.user {
		r = t.cfg.User
	}
	b := t.buckets.of(k, r)
	wait := b.wait(now)
	if wait == 0 {
		b.inFlight++
		try.buckets = append(try.buckets, b)
	}
	return wait
}

// recall takes the stored failures into account. A store that does not answer
// leaves the buckets as they are.
func (t *throttle) recall(ctx context.Context, now time.Time, b *bucket) time.Duration {
	if t.failures == nil {
		return 0
	}
	t.mu.Lock()
	from := b.countFrom(now)
	t.mu.Unlock()
	n, err := t.failures.CountFailures(ctx, b.key.name, from)
	if err != nil {
		t.log.WarnContext(ctx, "failed sign-ins cannot be counted", "err", err)
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !b.loaded {
		// After a restart. When the failures were is not known, so all count as if
		// they had just been: somebody may wait for one Every too long.
		b.loaded = true
		b.spend(now, n)
	}
	// One bucket allows at most two bursts in its window. More are other
	// replicas' failures.
	if n >= 2*b.rate.Burst {
		return max(time.Second, b.rate.Every)
	}
	if b.limiter.TokensAt(now)-float64(b.inFlight-1) < 1 { // this attempt is in flight
		b.inFlight--
		wait := b.wait(now)
		b.inFlight++
		return wait
	}
	return 0
}

// succeeded gives the user a new start. The address gets only its token back:
// else one known password would buy any number of guesses at others.
func (a *attempt) succeeded(now time.Time) {
	a.end(func(b *bucket) {
		if b.key.user {
			b.reset(now)
		}
	})
}

// aborted ends an attempt whose password nobody has looked at.
func (a *attempt) aborted() { a.end(func(*bucket) {}) }

// failed counts a wrong password, in memory and in the store.
func (a *attempt) failed(ctx context.Context, now time.Time) {
	a.end(func(b *bucket) { b.spend(now, 1) })
	if a.throttle.failures == nil {
		return
	}
	for _, b := range a.buckets {
		if err := a.throttle.failures.RecordFailure(ctx, b.key.name, now); err != nil {
			a.throttle.log.WarnContext(ctx, "a failed sign-in was not stored", "err", err)
		}
	}
}

func (a *attempt) end(each func(*bucket)) {
	a.throttle.mu.Lock()
	defer a.throttle.mu.Unlock()
	for _, b := range a.buckets {
		b.inFlight--
		each(b)
	}
}
