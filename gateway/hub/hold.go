package hub

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

// mostHolds bounds how many requests of one person are held at a time; one more
// is answered at once.
const mostHolds = 32

// mostWaits bounds how many starts are remembered for waitAgain.
const mostWaits = 10_000

// holds counts the requests that wait, and remembers the starts of clients that
// would give up soon.
type holds struct {
	mu    sync.Mutex
	open  map[string]int // by person
	waits map[waitKey]time.Time
}

// waitKey is a client that has asked for a session.
type waitKey struct {
	token string
	id    session.ID
}

func (h *holds) enter(user string) (leave func(), ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.open[user] >= mostHolds {
		return nil, false
	}
	h.open[user]++
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.open[user]--; h.open[user] <= 0 {
			delete(h.open, user)
		}
	}, true
}

func (h *holds) remember(key waitKey, until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.waits) >= mostWaits {
		clear(h.waits)
	}
	h.waits[key] = until
}

func (h *holds) until(key waitKey, now time.Time) (time.Time, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	at, ok := h.waits[key]
	if ok && !now.Before(at) {
		delete(h.waits, key)
		return at, false
	}
	return at, ok
}

// hasty reports whether the client is one that gives up ten seconds after a start
// was answered: VS Code's extension, which names its token so and uses
// node-fetch.
func hasty(c *gin.Context, caller login.Caller) bool {
	return caller.TokenID != "" && (strings.Contains(caller.TokenName, "VSCode") || strings.Contains(c.GetHeader("User-Agent"), "node-fetch"))
}

// await waits until the session is ready or has ended, the time is over, the
// client is gone, or the gateway is ending; and returns it as it is then.
func (h *Hub) await(ctx context.Context, s session.Session, span time.Duration) (session.Session, error) {
	after := context.WithoutCancel(ctx)
	if !starting(s) {
		return s, nil
	}
	leave, ok := h.holds.enter(s.Owner)
	if !ok {
		return s, nil
	}
	defer leave()
	// Subscribe before the first look: no change can fall in between.
	changed, unsubscribe := h.Signals.Subscribe(s.ID)
	defer unsubscribe()
	timer := time.NewTimer(span)
	defer timer.Stop()
	for {
		now, err := h.Sessions.Owned(after, s.Owner, s.ID)
		if err != nil {
			return s, err
		}
		if s = now; !starting(s) {
			return s, nil
		}
		select {
		case <-changed:
		case <-timer.C:
			return s, nil
		case <-ctx.Done():
			return s, nil
		}
	}
}

// waitStarted holds the answer to a start.
func (h *Hub) waitStarted(c *gin.Context, caller login.Caller, s session.Session) (session.Session, error) {
	span := h.Hold
	if hasty(c, caller) {
		span = h.Patience
		h.holds.remember(waitKey{caller.TokenID, s.ID}, h.Now().Add(span))
	}
	return h.await(c.Request.Context(), s, span)
}

// waitAgain holds the answer to a look at a person whose server the same client
// has asked for: a proxy may have cut the start short.
func (h *Hub) waitAgain(c *gin.Context, caller login.Caller, user string) {
	if user != caller.User.Name || !hasty(c, caller) {
		return
	}
	ctx := c.Request.Context()
	servers, err := h.servers(ctx, user, false)
	if err != nil {
		return
	}
	for _, s := range servers {
		if until, ok := h.holds.until(waitKey{caller.TokenID, s.ID}, h.Now()); ok && starting(s) {
			_, _ = h.await(ctx, s, until.Sub(h.Now())) // who asked is told how it is then
		}
	}
}
