package main

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/berth-hpc/berth/gateway/cron"
	"github.com/berth-hpc/berth/gateway/ops"
	"github.com/berth-hpc/berth/gateway/reconcile"
)

// leaderKey names the lock under which one gateway of an installation does the
// work that must not be done twice.
const leaderKey = "berth-chores"

// chores is what runs beside the requests.
type chores struct {
	*jobs
	runner   *cron.Runner
	links    reconcile.Links
	standing standing
	pokes    chan struct{} // a round of comparing is wanted
	metrics  *ops.Metrics
}

// run starts the chores in the group.
func (w chores) run(ctx context.Context, group *errgroup.Group) {
	group.Go(func() error { w.runner.Everywhere(ctx); return nil })
	group.Go(func() error { w.store.RunLeader(ctx, leaderKey, w.lead); return nil })
	group.Go(func() error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-w.pokes:
				w.runner.Poke(jobReconcile)
			}
		}
	})
}

// lead is what only one gateway does at a time.
func (w chores) lead(ctx context.Context) {
	r := newReconciler(w.config, w.store, w.lifecycle, w.clusters, w.log)
	r.Links, r.Leader = w.links, true
	r.Done = func(report reconcile.Report) {
		w.metrics.Compared(report)
		w.standing.round(ctx, report)
	}
	w.metrics.Leading(true)
	defer w.metrics.Leading(false)
	w.reconciler.Store(r)
	w.runner.Lead(ctx)
}
