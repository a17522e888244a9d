package main

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/berth-hpc/berth/gateway/reconcile"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
)

// leaderKey names the lock under which one gateway of an installation does the
// work that must not be done twice.
const leaderKey = "berth-chores"

// chores is what runs beside the requests.
type chores struct {
	config    *fileConfig
	store     *sql.Store
	lifecycle *session.Lifecycle
	clusters  clusters
	links     reconcile.Links
	standing  standing
	pokes     chan struct{}
	log       *slog.Logger
}

// run starts the chores in the group. Queues are refreshed in every gateway,
// because each has pages of its own; the reconciler only runs in the leader.
func (w chores) run(ctx context.Context, group *errgroup.Group) {
	for _, c := range w.config.Clusters {
		group.Go(func() error {
			w.refresh(ctx, c.Name, c.QueueInterval.Std())
			return nil
		})
	}
	group.Go(func() error {
		w.store.RunLeader(ctx, leaderKey, w.lead)
		return nil
	})
}

// refresh keeps one cluster's queues fresh.
func (w chores) refresh(ctx context.Context, cluster string, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	down := false
	for {
		err := w.clusters.board.Refresh(ctx, cluster)
		if failed := err != nil && ctx.Err() == nil; failed != down {
			down = failed
			if failed {
				w.log.Error("the scheduler does not answer", "cluster", cluster, "err", err)
			} else {
				w.log.Info("the scheduler answers again", "cluster", cluster)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// lead is what only one gateway does at a time.
func (w chores) lead(ctx context.Context) {
	r := newReconciler(w.config, w.store, w.lifecycle, w.clusters, w.log)
	r.Links, r.Leader = w.links, true
	r.Done = func(report reconcile.Report) { w.standing.round(ctx, report) }
	r.Run(ctx, pollInterval(w.config), w.pokes)
}

// pollInterval is how often the reconciler compares.
func pollInterval(c *fileConfig) time.Duration {
	interval := time.Hour
	for _, cl := range c.Clusters {
		interval = min(interval, cl.PollInterval.Std())
	}
	return interval
}
