package web

import (
	"context"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/session"
)

// sessionListLive streams the list whenever one of the caller's sessions
// changes. A session that was launched elsewhere shows with the next beat.
func (w *Web) sessionListLive(c *gin.Context) error {
	ctx := c.Request.Context()
	listing, ids, err := w.listing(ctx)
	if err != nil {
		return err
	}
	ears := newEars(w)
	defer ears.close()
	out, err := w.openStream(c)
	if err != nil {
		return nil
	}
	beat := time.NewTicker(w.pace.beat)
	defer beat.Stop()
	age := time.NewTimer(w.pace.age)
	defer age.Stop()
	for {
		if ears.listen(ids) { // to new ones: what changed before is read now
			if listing, _, err = w.listing(ctx); err != nil {
				return w.quiet(ctx, err)
			}
		}
		if out.replace(w.pages["session_list"], "session_list.live", listing) != nil {
			return nil
		}
		pause(ctx.Done(), w.pace.gap)
		select {
		case <-ears.signal:
		case <-beat.C:
			if out.beat() != nil {
				return nil
			}
		case <-age.C:
			return nil
		case <-ctx.Done():
			return nil
		}
		if listing, ids, err = w.listing(ctx); err != nil {
			return w.quiet(ctx, err)
		}
	}
}

// quiet ends a stream that cannot go on; the browser comes back.
func (w *Web) quiet(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		w.Log.WarnContext(ctx, "list stream", "err", err)
	}
	return nil
}

// ears hear of several sessions on one channel.
type ears struct {
	w      *Web
	signal chan struct{}
	subs   map[session.ID]func()
}

func newEars(w *Web) *ears {
	return &ears{w: w, signal: make(chan struct{}, 1), subs: map[session.ID]func(){}}
}

// listen makes these the sessions that are listened to, and reports whether any
// of them is new.
func (e *ears) listen(ids []session.ID) (added bool) {
	for id, end := range e.subs {
		if !slices.Contains(ids, id) {
			end()
			delete(e.subs, id)
		}
	}
	for _, id := range ids {
		if _, ok := e.subs[id]; ok {
			continue
		}
		added = true
		c, unsubscribe := e.w.Hub.Subscribe(id)
		gone := make(chan struct{})
		e.subs[id] = func() { unsubscribe(); close(gone) }
		go e.forward(c, gone)
	}
	return added
}

func (e *ears) forward(c <-chan struct{}, gone chan struct{}) {
	for {
		select {
		case <-c:
			select {
			case e.signal <- struct{}{}:
			default:
			}
		case <-gone:
			return
		}
	}
}

func (e *ears) close() { e.listen(nil) }
