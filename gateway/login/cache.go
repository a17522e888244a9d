package login

import (
	"context"
	"sync"
	"time"
)

// maxCached bounds each cache. A gateway with more people at once than this
// asks its database a little more often.
const maxCached = 10_000

// outageFor is how long a row that was read is believed while the store does not
// answer. Notebooks that people work in outlive that.
const outageFor = 15 * time.Minute

// askFor is how long the store may take where there is a row to fall back on.
const askFor = 2 * time.Second

// cache keeps rows by the hash of their secret for a few seconds, so that a
// page of many files costs one query. Only rows that exist are kept. Rows that
// are out of date stay for the case that the store does not answer.
type cache[V any] struct {
	ttl time.Duration

	mu      sync.Mutex
	entries map[Hash]cached[V]
	// changes counts forgets. A row that was read before the last one may be
	// stale and is not kept.
	changes uint64
}

type cached[V any] struct {
	value V
	user  string
	read  time.Time // from the store
	until time.Time // not asked for anew before
	away  bool      // the store did not answer when it was last asked
}

func newCache[V any](ttl time.Duration) *cache[V] {
	return &cache[V]{ttl: ttl, entries: map[Hash]cached[V]{}}
}

// get returns the row if there is one, and in any case a mark for put. Of several
// who ask for the same row while the store is away, one waits for it.
func (c *cache[V]) get(now time.Time, key Hash) (value V, mark uint64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[key]
	if !ok || !now.Before(e.until) {
		if e.away && now.Sub(e.read) < outageFor {
			e.until = now.Add(c.ttl)
			c.entries[key] = e
		}
		var none V
		return none, c.changes, false
	}
	return e.value, c.changes, true
}

// put keeps a row that was read after get returned the mark.
func (c *cache[V]) put(now time.Time, mark uint64, key Hash, user string, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changes != mark {
		return
	}
	if _, known := c.entries[key]; !known && len(c.entries) >= maxCached {
		c.shrink(now)
	}
	c.entries[key] = cached[V]{value: value, user: user, read: now, until: now.Add(c.ttl)}
}

// patience is the time that the store has to answer about a row.
func (c *cache[V]) patience(ctx context.Context, now time.Time, key Hash) (context.Context, context.CancelFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.entries[key]; ok && now.Sub(e.read) < outageFor {
		return context.WithTimeout(ctx, askFor)
	}
	return ctx, func() {}
}

// outlast returns a row that was read before the store stopped answering, and
// lets the store be for a moment: it may be slow in not answering.
func (c *cache[V]) outlast(now time.Time, key Hash) (value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[key]
	if !ok || now.Sub(e.read) >= outageFor {
		return value, false
	}
	e.until, e.away = now.Add(c.ttl), true
	c.entries[key] = e
	return e.value, true
}

// update replaces the row of an entry without making it live longer.
func (c *cache[V]) update(mark uint64, key Hash, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.entries[key]; ok && c.changes == mark {
		e.value = value
		c.entries[key] = e
	}
}

// shrink makes room: all that is out of date goes, and if that is not enough,
// a tenth of the rest, whichever.
func (c *cache[V]) shrink(now time.Time) {
	for key, e := range c.entries {
		if !now.Before(e.until) {
			delete(c.entries, key)
		}
	}
	for key := range c.entries {
		if len(c.entries) <= maxCached*9/10 {
			return
		}
		delete(c.entries, key)
	}
}

func (c *cache[V]) forget(user string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	for key, e := range c.entries {
		if e.user == user {
			delete(c.entries, key)
		}
	}
}

func (c *cache[V]) forgetAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	clear(c.entries)
}
