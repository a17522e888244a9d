package usage

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/berth-hpc/berth/gateway/session"
)

const (
	// every is how often a Recorder writes.
	every = time.Minute
	// mostGap is the longest time between two samples that counts as measured;
	// agents measure more often than that.
	mostGap = 90 * time.Second
	// mostWrites is how many sessions one statement writes.
	mostWrites = 2000
	// writeLimit bounds one round of writing.
	writeLimit = 30 * time.Second
)

// Recorder gathers what agents and the proxy of one gateway report, and writes
// it down once a minute. It is safe for concurrent use. A nil Recorder takes
// everything and keeps nothing.
type Recorder struct {
	store Store
	now   func() time.Time
	log   *slog.Logger

	mu       sync.Mutex
	gathered map[session.ID]*gathered
	open     map[session.ID]*connections
}

// NewRecorder makes a Recorder that writes to the store.
func NewRecorder(store Store, now func() time.Time, log *slog.Logger) *Recorder {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Recorder{
		store: store, now: now, log: log,
		gathered: map[session.ID]*gathered{}, open: map[session.ID]*connections{},
	}
}

// connections are those of one session at this gateway.
type connections struct {
	count int
	last  time.Time // of a beginning or an end
}

// Opened notes that a request or a connection to the session's app begins. The
// returned function notes its end; it is to be called once.
func (r *Recorder) Opened(id session.ID) (closed func()) {
	if r == nil {
		return func() {}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.open[id]
	if c == nil {
		c = &connections{}
		r.open[id] = c
	}
	c.count++
	c.last = r.now()
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		c.count--
		c.last = r.now()
	}
}

// Open is how many requests and connections the session has at this gateway.
func (r *Recorder) Open(id session.ID) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.open[id]; c != nil {
		return c.count
	}
	return 0
}

// Take takes a sample of the agent that runs the session's attempt.
func (r *Recorder) Take(id session.ID, attempt int, s Sample) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.gathered[id]
	if g == nil || g.attempt < attempt {
		g = &gathered{attempt: attempt}
		r.gathered[id] = g
	}
	if g.attempt == attempt { // else it is an agent that has been replaced
		g.take(r.now(), s)
	}
}

// Gone forgets the session's agent: the time until the next sample, if one
// comes, was not measured.
func (r *Recorder) Gone(id session.ID, attempt int) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if g := r.gathered[id]; g != nil && g.attempt == attempt {
		g.last = time.Time{}
	}
}

// Finish writes down what was gathered of a session whose app has ended, so that
// its last page can tell.
func (r *Recorder) Finish(ctx context.Context, id session.ID) {
	if r == nil {
		return
	}
	now := r.now()
	r.mu.Lock()
	g := r.gathered[id]
	delete(r.gathered, id)
	r.mu.Unlock()
	if g == nil {
		return
	}
	if m, ok := g.minute(now); ok {
		m.Session = id
		if err := r.store.AddMinutes(ctx, now, []Minute{m}); err != nil {
			r.log.Warn("use was not written down", "session", id, "err", err)
		}
	}
}

// Run writes every minute until ctx ends, and then once more.
func (r *Recorder) Run(ctx context.Context) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			r.flush(ctx)
		case <-ctx.Done():
			r.flush(context.WithoutCancel(ctx))
			return
		}
	}
}

func (r *Recorder) flush(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, writeLimit)
	defer cancel()
	if err := r.Flush(ctx); err != nil {
		r.log.Warn("use was not written down", "err", err)
	}
}

// Flush writes what was gathered. What cannot be written is lost: a database
// that is away must not fill this process.
func (r *Recorder) Flush(ctx context.Context) error {
	now := r.now()
	minutes, open := r.collect(now)
	var failed error
	for some := range slices.Chunk(minutes, mostWrites) {
		if err := r.store.AddMinutes(ctx, now, some); err != nil {
			failed = err
		}
	}
	if err := r.store.NoteOpen(ctx, open); err != nil {
		failed = err
	}
	return failed
}

// collect takes out what is to be written.
func (r *Recorder) collect(now time.Time) ([]Minute, map[session.ID]time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var minutes []Minute
	for id, g := range r.gathered {
		if m, ok := g.minute(now); ok {
			m.Session = id
			minutes = append(minutes, m)
		} else if now.Sub(g.last) > mostGap {
			delete(r.gathered, id)
		}
	}
	open := map[session.ID]time.Time{}
	for id, c := range r.open {
		if c.count > 0 {
			open[id] = now
			continue
		}
		open[id] = c.last
		delete(r.open, id)
	}
	return minutes, open
}
