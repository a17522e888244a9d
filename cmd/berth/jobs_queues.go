package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/berth-hpc/berth/gateway/session"
)

// queueRefresh keeps this gateway's board of queues fresh.
type queueRefresh struct {
	board    *session.Board
	names    []string
	interval map[string]time.Duration
	log      *slog.Logger

	mu   sync.Mutex
	last map[string]time.Time // when a cluster was asked
	down map[string]bool
}

func newQueueRefresh(c *fileConfig, board *session.Board, log *slog.Logger) *queueRefresh {
	q := &queueRefresh{
		board: board, interval: map[string]time.Duration{}, log: log,
		last: map[string]time.Time{}, down: map[string]bool{},
	}
	for _, cl := range c.Clusters {
		q.names = append(q.names, cl.Name)
		q.interval[cl.Name] = cl.QueueInterval.Std()
	}
	return q
}

// run asks every cluster whose interval is over, side by side: one that does not
// answer does not keep the others waiting for longer than its time limit.
func (q *queueRefresh) run(ctx context.Context) (string, error) {
	var group sync.WaitGroup
	errs := make([]error, len(q.names))
	asked := 0
	for i, name := range q.names {
		if !q.due(name) {
			continue
		}
		asked++
		group.Go(func() { errs[i] = q.one(ctx, name) })
	}
	group.Wait()
	return fmt.Sprintf("%d asked", asked), errors.Join(errs...)
}

// due reports whether the cluster is to be asked, and notes that it is. A tenth
// of the interval is left to timers that are early.
func (q *queueRefresh) due(cluster string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if time.Since(q.last[cluster]) < q.interval[cluster]*9/10 && len(q.names) > 1 {
		return false
	}
	q.last[cluster] = time.Now()
	return true
}

func (q *queueRefresh) one(ctx context.Context, cluster string) error {
	err := q.board.Refresh(ctx, cluster)
	if ctx.Err() != nil {
		return err
	}
	q.mu.Lock()
	was := q.down[cluster]
	q.down[cluster] = err != nil
	q.mu.Unlock()
	switch {
	case err != nil && !was:
		q.log.Error("the scheduler does not answer", "cluster", cluster, "err", err)
	case err == nil && was:
		q.log.Info("the scheduler answers again", "cluster", cluster)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", cluster, err)
	}
	return nil
}
