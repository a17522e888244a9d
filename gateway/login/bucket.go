package login

import (
	"container/list"
	"time"

	"golang.org/x/time/rate"
)

// bucket holds the failures that one key may still have.
type bucket struct {
	key     key
	rate    Rate
	limiter *rate.Limiter
	// inFlight are sign-ins that are being checked. Each holds a token until its
	// outcome is known, so that guesses made at once cannot exceed the burst.
	inFlight int
	// since is when the count begins anew: the user has signed in.
	since time.Time
	// loaded says that stored failures have been taken into account.
	loaded bool
	seat   *list.Element // in buckets.order
}

func newBucket(k key, r Rate) *bucket {
	return &bucket{key: k, rate: r, limiter: rate.NewLimiter(rate.Every(r.Every), r.Burst)}
}

// wait is how long until one more sign-in may be checked; 0: now.
func (b *bucket) wait(now time.Time) time.Duration {
	tokens := b.limiter.TokensAt(now)
	switch {
	case tokens-float64(b.inFlight) >= 1:
		return 0
	case tokens >= 1:
		return time.Second // until those in flight are known
	}
	return max(time.Second, time.Duration((1-tokens)*float64(b.rate.Every)))
}

// spend takes tokens for failures, also ones that are not there.
func (b *bucket) spend(now time.Time, failures int) {
	b.limiter.ReserveN(now, min(failures, b.rate.Burst))
}

// reset is what a success earns.
func (b *bucket) reset(now time.Time) {
	b.limiter = newBucket(b.key, b.rate).limiter
	b.since, b.loaded = now, true
}

// countFrom is from when on stored failures count.
func (b *bucket) countFrom(now time.Time) time.Time {
	from := now.Add(-b.rate.window())
	if b.since.After(from) {
		return b.since
	}
	return from
}

// buckets are the buckets of the keys that were used last, at most max of them.
type buckets struct {
	max   int
	byKey map[key]*bucket
	order *list.List // of *bucket, the one used last in front
}

func newBuckets(limit int) *buckets {
	return &buckets{max: limit, byKey: map[key]*bucket{}, order: list.New()}
}

// of returns the key's bucket, a full one if it is not remembered.
func (s *buckets) of(k key, r Rate) *bucket {
	if b, ok := s.byKey[k]; ok {
		s.order.MoveToFront(b.seat)
		return b
	}
	b := newBucket(k, r)
	b.seat = s.order.PushFront(b)
	s.byKey[k] = b
	for seat := s.order.Back(); len(s.byKey) > s.max && seat != nil; {
		oldest, before := seat.Value.(*bucket), seat.Prev()
		if oldest.inFlight == 0 && oldest != b {
			s.order.Remove(seat)
			delete(s.byKey, oldest.key)
		}
		seat = before
	}
	return b
}
