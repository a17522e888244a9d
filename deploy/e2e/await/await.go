// Package await waits for conditions, so that no test sleeps.
package await

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

// every is how often a condition is looked at: a compromise between a test's
// time and the load of what it asks.
const every = 60 * time.Millisecond

// That waits until the condition gives no error, and ends the test with the
// last one when that takes longer than within, or when the test is over. It
// returns how long it took.
func That(t testing.TB, within time.Duration, what string, condition func() error) time.Duration {
	t.Helper()
	took, err := Until(t.Context(), within, condition)
	if err != nil {
		t.Fatalf("waited %s for %s: %v", took.Round(time.Millisecond), what, err)
	}
	return took
}

// Until waits until the condition gives no error. It returns the condition's
// last error when that takes longer than within or when ctx ends.
func Until(ctx context.Context, within time.Duration, condition func() error) (time.Duration, error) {
	began := time.Now()
	late := time.NewTimer(within)
	defer late.Stop()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		err := condition()
		if err == nil {
			return time.Since(began), nil
		}
		var fatal *Hopeless
		if errors.As(err, &fatal) {
			return time.Since(began), err
		}
		select {
		case <-ticker.C:
		case <-late.C:
			return time.Since(began), err
		case <-ctx.Done():
			return time.Since(began), fmt.Errorf("%w (last: %w)", context.Cause(ctx), err)
		}
	}
}
