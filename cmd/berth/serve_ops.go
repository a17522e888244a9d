package main

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/berth-hpc/berth/gateway"
	"github.com/berth-hpc/berth/gateway/cron"
	"github.com/berth-hpc/berth/gateway/ops"
	"github.com/berth-hpc/berth/sql"
)

// newMetrics counts from here on, the schedulers' commands too.
func newMetrics(c *fileConfig) *ops.Metrics {
	m := ops.NewMetrics(version)
	for i := range c.Clusters {
		c.Clusters[i].watch = m.Command(c.Clusters[i].Name)
	}
	return m
}

// serveOps shows the metrics and the rest to those who run berth, if the site
// wants that.
func serveOps(ctx context.Context, group *errgroup.Group, c *fileConfig, m *ops.Metrics, s ops.Source, g *gateway.Gateway, log *slog.Logger) {
	m.Watch(s, log)
	if c.Ops.Listen == "" {
		return
	}
	group.Go(func() error { return ops.Server{Listen: c.Ops.Listen, Metrics: m, Health: g, Log: log}.Run(ctx) })
}

// opsSource is where the state of things is read.
func opsSource(store *sql.Store, clusters clusters, g *gateway.Gateway, peers *replicas, runner *cron.Runner) ops.Source {
	return ops.Source{
		Board: clusters.board.All, Edge: g.Stats, Replicas: peers.count, Jobs: runner.List,
		Pool: func() ops.Pool {
			p := store.Pool()
			return ops.Pool{Used: p.Used, Idle: p.Idle, Max: p.Max, Waits: p.Waits}
		},
		Census: func(ctx context.Context) (ops.Census, error) { return census(ctx, store) },
	}
}

// periods are those of JupyterHub's active users.
var periods = map[string]time.Duration{"24h": day, "7d": 7 * day, "30d": 30 * day}

func census(ctx context.Context, store *sql.Store) (ops.Census, error) {
	groups, err := store.CountSessions(ctx)
	if err != nil {
		return ops.Census{}, err
	}
	c := ops.Census{Active: map[string]int{}}
	for _, g := range groups {
		c.Sessions = append(c.Sessions, ops.Group(g))
	}
	for name, d := range periods {
		if c.People, c.Active[name], err = store.CountActivePeople(ctx, time.Now().Add(-d)); err != nil {
			return c, err
		}
	}
	return c, nil
}
