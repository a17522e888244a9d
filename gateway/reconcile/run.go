package reconcile

import (
	"context"
	"time"
)

// Run calls RunOnce every interval, and soon after each poke, until ctx ends.
// Rounds never overlap. Pokes that arrive within a short span are one.
func (r *Reconciler) Run(ctx context.Context, interval time.Duration, poke <-chan struct{}) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		if _, err := r.RunOnce(ctx); err != nil && ctx.Err() == nil {
			r.Log.Error("reconcile failed; the next round tries again", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-poke:
		}
	}
}
