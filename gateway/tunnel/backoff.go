package tunnel

import (
	"context"
	"math/rand/v2"
	"time"
)

// backoff is exponential with full jitter: each wait is anything up to a limit
// that doubles.
type backoff struct {
	low, high time.Duration
	limit     time.Duration
}

func (b *backoff) next() time.Duration {
	b.limit = min(max(2*b.limit, b.low), b.high)
	return time.Duration(rand.Int64N(int64(b.limit))) + 1 //nolint:gosec // spreads load, hides nothing
}

func (b *backoff) reset() { b.limit = 0 }

// pause waits for d; false means that ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
