package sql

import (
	"context"
	"math/rand/v2"
	"time"
)

// backoff is how long to wait before the next try: a random part of a span that
// doubles with every failure, so that many gateways do not come back at once.
type backoff struct {
	failures int
}

const (
	backoffFirst = 200 * time.Millisecond
	backoffMost  = 10 * time.Second
)

func (b *backoff) next() time.Duration {
	span := min(backoffFirst<<min(b.failures, 10), backoffMost)
	b.failures++
	return rand.N(span) + 1
}

func (b *backoff) reset() { b.failures = 0 }

// pause waits so long, or until the context ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
