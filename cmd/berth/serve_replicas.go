package main

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/berth-hpc/berth/gateway"
	"github.com/berth-hpc/berth/sql"
)

// A gateway says that it lives every heartbeat; one that was silent for longer
// than silence is left out of the list that agents follow.
const (
	heartbeat = 3 * time.Second
	silence   = 4 * heartbeat
)

// replicas keeps this gateway's place among those that share the database.
type replicas struct {
	store   *sql.Store
	gateway *gateway.Gateway
	self    sql.Replica
	changed chan struct{} // poked when a replica comes or goes
	log     *slog.Logger
}

// run sends heartbeats and passes the list of replicas on to the agents, until
// ctx ends. A database that does not answer changes nothing.
func (r replicas) run(ctx context.Context) {
	ticker := time.NewTicker(heartbeat)
	defer ticker.Stop()
	var known []string
	for {
		err := r.store.Heartbeat(ctx, r.self)
		if err == nil {
			known, err = r.follow(ctx, known)
		}
		if err != nil && ctx.Err() == nil {
			r.log.Warn("heartbeat failed", "replica", r.self.Name, "err", err)
		}
		select {
		case <-ctx.Done():
			r.leave()
			return
		case <-ticker.C:
		case <-r.changed:
		}
	}
}

// follow announces the list of gateways when it has changed.
func (r replicas) follow(ctx context.Context, known []string) ([]string, error) {
	list, err := r.store.Replicas(ctx, silence)
	if err != nil {
		return known, err
	}
	var urls, fingerprints []string
	for _, one := range list {
		urls = append(urls, one.URL)
		fingerprints = append(fingerprints, one.Fingerprint)
	}
	if all := append(slices.Clone(urls), fingerprints...); !slices.Equal(all, known) {
		r.log.Info("gateways", "urls", urls)
		return all, r.gateway.SetReplicas(urls, fingerprints)
	}
	return known, nil
}

// leave tells the others at once, so that agents need not find out.
func (r replicas) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), heartbeat)
	defer cancel()
	if err := r.store.Leave(ctx, r.self.Name); err != nil {
		r.log.Warn("the other gateways were not told", "err", err)
	}
}
