package local

import (
	"context"
	"sync"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// mostAtOnce bounds how many helpers run at the same time.
const mostAtOnce = 8

// work is what is being done about jobs, one thing at a time for each.
type work struct {
	mu    sync.Mutex
	busy  map[batch.JobID]bool
	after map[batch.JobID]time.Time // not before
	slots chan struct{}
	group sync.WaitGroup
}

func newWork() *work {
	return &work{
		busy: map[batch.JobID]bool{}, after: map[batch.JobID]time.Time{}, slots: make(chan struct{}, mostAtOnce),
	}
}

// do runs fn for the job, unless something is being done about it already, or was
// to be left alone for longer. fn says how long the job is to be left alone.
func (w *work) do(ctx context.Context, id batch.JobID, fn func(context.Context) time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy[id] || time.Now().Before(w.after[id]) {
		return
	}
	w.busy[id] = true
	w.group.Go(func() {
		pause := time.Duration(0)
		select {
		case w.slots <- struct{}{}:
			pause = fn(ctx)
			<-w.slots
		case <-ctx.Done():
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.busy, id)
		delete(w.after, id)
		if pause > 0 {
			w.after[id] = time.Now().Add(pause)
		}
	})
}

// wait returns when nothing is being done any more.
func (w *work) wait() { w.group.Wait() }
