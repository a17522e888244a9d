package gateway

import (
	"context"
	"time"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

// startWait is how long a program's request waits for an app that is on its way:
// a program has no page that says so, and many give up at the first refusal.
const startWait = 30 * time.Second

// opening waits, for a program, until the session is ready, has ended, or the
// time is over; and returns it as it is then. A browser is not held: it gets a
// page.
func (g *Gateway) opening(ctx context.Context, caller login.Caller, s session.Session) session.Session {
	if caller.TokenID == "" || !onItsWay(s) {
		return s
	}
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	defer context.AfterFunc(g.stopping, cancel)()
	// Subscribe before the first look: no change can fall in between.
	changed, unsubscribe := g.Hub.Subscribe(s.ID)
	defer unsubscribe()
	for {
		now, err := g.Sessions.Owned(context.WithoutCancel(ctx), s.Owner, s.ID)
		if err != nil {
			return s
		}
		if s = now; !onItsWay(s) {
			return s
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return s
		}
	}
}

func onItsWay(s session.Session) bool {
	return s.State == session.Requested || s.State == session.Queued || s.State == session.Starting
}
