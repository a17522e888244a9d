package main

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/berth-hpc/berth/gateway/tunnel"
	"github.com/berth-hpc/berth/sql"
)

// A gateway says that it lives every heartbeat; one that was silent for longer
// than silence is left out of the list that agents follow.
const (
	heartbeat = 3 * time.Second
	silence   = 4 * heartbeat
)

// replicaStore is where gateways find each other.
type replicaStore interface {
	Heartbeat(ctx context.Context, r sql.Replica) error
	Replicas(ctx context.Context, within time.Duration) ([]sql.Replica, error)
	Leave(ctx context.Context, name string) error
}

// replicas keeps this gateway's place among those that share the database.
type replicas struct {
	store    replicaStore
	announce func(urls, fingerprints []string) error // to the agents
	self     sql.Replica
	changed  chan struct{} // poked when a replica comes or goes
	now      func() time.Time
	log      *slog.Logger

	mu    sync.Mutex
	known []sql.Replica // as last announced
	blind time.Time     // when the database last did not answer
}

// run sends heartbeats and passes the list of replicas on to the agents, until
// ctx ends. A database that does not answer changes nothing.
func (r *replicas) run(ctx context.Context) {
	ticker := time.NewTicker(heartbeat)
	defer ticker.Stop()
	for {
		if err := r.look(ctx); err != nil && ctx.Err() == nil {
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

// look sends one heartbeat and announces the list of gateways when it has
// changed.
func (r *replicas) look(ctx context.Context) error {
	err := r.store.Heartbeat(ctx, r.self)
	var list []sql.Replica
	if err == nil {
		list, err = r.store.Replicas(ctx, silence)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.blind = r.now()
		return err
	}
	if r.now().Sub(r.blind) < silence {
		list = joined(list, r.known) // nobody could be heard of; give each the time to say so
	}
	urls, fingerprints := addresses(list)
	if before, pins := addresses(r.known); slices.Equal(urls, before) && slices.Equal(fingerprints, pins) {
		return nil
	}
	r.known = list
	r.log.Info("gateways", "urls", urls)
	return r.announce(urls, fingerprints)
}

// joined adds to a list of replicas those of another that it lacks.
func joined(list, more []sql.Replica) []sql.Replica {
	for _, one := range more {
		if !slices.ContainsFunc(list, func(r sql.Replica) bool { return r.Name == one.Name }) {
			list = append(list, one)
		}
	}
	slices.SortFunc(list, func(a, b sql.Replica) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func addresses(list []sql.Replica) (urls, fingerprints []string) {
	for _, one := range list {
		urls = append(urls, one.URL)
		fingerprints = append(fingerprints, one.Fingerprint)
	}
	return urls, fingerprints
}

// forJobs is where a job that is submitted now may find a gateway: this one
// first, and the others, should this one be gone by the time the job starts.
func (r *replicas) forJobs() (urls, fingerprints []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := []sql.Replica{r.self}
	for _, one := range r.known {
		if one.Name != r.self.Name && len(list) < tunnel.MaxGateways {
			list = append(list, one)
		}
	}
	return addresses(list)
}

// count is how many gateways are known to live, this one with them.
func (r *replicas) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(joined([]sql.Replica{r.self}, r.known))
}

// alone reports whether no other gateway is known to live.
func (r *replicas) alone() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !slices.ContainsFunc(r.known, func(one sql.Replica) bool { return one.Name != r.self.Name })
}

// leave tells the others at once, so that agents need not find out.
func (r *replicas) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), heartbeat)
	defer cancel()
	if err := r.store.Leave(ctx, r.self.Name); err != nil {
		r.log.Warn("the other gateways were not told", "err", err)
	}
}
