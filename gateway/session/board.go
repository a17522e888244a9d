package session

import (
	"context"
	"sync"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// Board is what is known of the clusters' queues: the last good answer of each
// scheduler and since when it has not answered. Reading never asks a scheduler;
// Refresh does.
type Board struct {
	clusters []string
	sources  map[string]QueueSource
	now      func() time.Time

	mu    sync.RWMutex
	state map[string]Standing
}

// QueueSource is the part of a scheduler that the board asks.
type QueueSource interface {
	Queues(ctx context.Context) ([]batch.Queue, error)
}

// Standing is what is known of one cluster.
type Standing struct {
	Cluster string
	Queues  []batch.Queue
	At      time.Time // of the last good answer; zero: there was none yet
	// DownSince is when the scheduler stopped answering; zero: it answers.
	DownSince time.Time
	Err       error // the last failure, for logs and admins
}

// NewBoard makes an empty board of the clusters, in the order of names.
func NewBoard(names []string, sources map[string]QueueSource, now func() time.Time) *Board {
	b := &Board{clusters: names, sources: sources, now: now, state: map[string]Standing{}}
	for _, n := range names {
		b.state[n] = Standing{Cluster: n}
	}
	return b
}

// All returns the standing of every cluster, in the site's order.
func (b *Board) All() []Standing {
	b.mu.RLock()
	defer b.mu.RUnlock()
	all := make([]Standing, 0, len(b.clusters))
	for _, n := range b.clusters {
		all = append(all, b.state[n])
	}
	return all
}

// Of returns the standing of one cluster.
func (b *Board) Of(cluster string) (Standing, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	s, ok := b.state[cluster]
	return s, ok
}

// Refresh asks the cluster's scheduler and keeps the answer; a failure keeps
// the old queues and notes since when they are old.
func (b *Board) Refresh(ctx context.Context, cluster string) error {
	source, ok := b.sources[cluster]
	if !ok {
		return ErrNotFound
	}
	queues, err := source.Queues(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.state[cluster]
	if err != nil {
		s.Err = err
		if s.DownSince.IsZero() {
			s.DownSince = b.now()
		}
	} else {
		s = Standing{Cluster: cluster, Queues: queues, At: b.now()}
	}
	b.state[cluster] = s
	return err
}
