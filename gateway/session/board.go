package session

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// Board is what is known of the clusters' queues: the last good answer of each
// scheduler and since when it has not answered. Reading never asks a scheduler;
// Refresh does. A scheduler that answers about its queues and not about jobs
// does not answer, either: that is heard through Polled.
type Board struct {
	clusters []string
	sources  map[string]QueueSource
	now      func() time.Time

	mu     sync.RWMutex
	state  map[string]Standing
	silent map[string]silence
}

// silence says that questions about jobs are not answered.
type silence struct{ since, until time.Time }

// errSilent is the failure of a cluster that answers about its queues only.
var errSilent = errors.New("questions about jobs are not answered")

// QueueSource is the part of a scheduler that the board asks.
type QueueSource interface {
	Queues(ctx context.Context) ([]batch.Queue, error)
}

// Standing is what is known of one cluster.
type Standing struct {
	Cluster string
	Queues  []batch.Queue
	At      time.Time // of the last good answer; zero: there was none yet
	// DownSince is when the scheduler stopped answering, about its queues or about
	// jobs; zero: it answers.
	DownSince time.Time
	Err       error // the last failure, for logs and admins
}

// NewBoard makes an empty board of the clusters, in the order of names.
func NewBoard(names []string, sources map[string]QueueSource, now func() time.Time) *Board {
	b := &Board{clusters: names, sources: sources, now: now, state: map[string]Standing{}, silent: map[string]silence{}}
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
		all = append(all, b.standing(n))
	}
	return all
}

// Of returns the standing of one cluster.
func (b *Board) Of(cluster string) (Standing, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	_, ok := b.state[cluster]
	return b.standing(cluster), ok
}

// standing joins what is known of the queues and of the jobs. The caller holds
// the lock.
func (b *Board) standing(cluster string) Standing {
	s, note := b.state[cluster], b.silent[cluster]
	if !b.now().Before(note.until) {
		return s
	}
	if s.DownSince.IsZero() || note.since.Before(s.DownSince) {
		s.DownSince = note.since
	}
	if s.Err == nil {
		s.Err = errSilent
	}
	return s
}

// Polled notes whether the cluster's scheduler has answered a question about
// jobs, and reports whether that is news. Silence is believed for that long, if
// nothing more is heard of it: the answer may go to another gateway.
func (b *Board) Polled(cluster string, answered bool, believe time.Duration) (news bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.state[cluster]; !ok {
		return false
	}
	note, now := b.silent[cluster], b.now()
	known := now.Before(note.until)
	switch {
	case answered:
		delete(b.silent, cluster)
	case known:
		note.until = now.Add(believe)
		b.silent[cluster] = note
	default:
		b.silent[cluster] = silence{since: now, until: now.Add(believe)}
	}
	return known == answered
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
