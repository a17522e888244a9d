package gateway

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

// visit lets an admin into another person's session, if they have asked for it
// with a reason and the time is not over. It is the only exception to the rule
// that a session is its owner's. Only a browser's login counts: an API token
// never carries such a permission. The request that is returned ends with the
// permission; end has to be called after it.
func (g *Gateway) visit(r *http.Request, caller login.Caller, owner, name string) (
	s session.Session, in *http.Request, end func(), err error,
) {
	if !caller.User.Admin || caller.LoginID == "" {
		return s, r, nil, session.ErrNotFound
	}
	s, err = g.lookup(r.Context(), owner, name)
	if err != nil {
		return session.Session{}, r, nil, err
	}
	ctx, cancel := context.WithCancel(r.Context())
	v := &visiting{session: s.ID, admin: caller.User.Name, cancel: cancel}
	g.visits.add(v) // first, so that an end which comes meanwhile is not missed
	leave := func() { g.visits.remove(v); cancel() }
	grant, err := g.granted(ctx, v)
	if err != nil {
		leave()
		return session.Session{}, r, nil, err
	}
	over := time.AfterFunc(grant.Until.Sub(g.Now()), cancel)
	return s, r.WithContext(ctx), func() { over.Stop(); leave() }, nil
}

func (g *Gateway) granted(ctx context.Context, v *visiting) (admin.Grant, error) {
	grant, err := g.Admin.Sessions.Granted(ctx, v.session, v.admin)
	if errors.Is(err, admin.ErrNoGrant) {
		err = session.ErrNotFound
	}
	return grant, err
}

// visiting is a request of an admin's to another person's session.
type visiting struct {
	session session.ID
	admin   string
	cancel  context.CancelFunc
}

// visits are those that are under way: a WebSocket goes on for hours.
type visits struct {
	mu   sync.Mutex
	open map[*visiting]struct{}
	look func(*visiting) // whether it may go on
}

func (v *visits) add(one *visiting) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.open == nil {
		v.open = map[*visiting]struct{}{}
	}
	v.open[one] = struct{}{}
}

func (v *visits) remove(one *visiting) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.open, one)
}

// changed looks anew at the visits to a session that has changed, or to all with
// an empty id: the permission may have been given back. It does not wait.
func (v *visits) changed(id session.ID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for one := range v.open {
		if id == "" || one.session == id {
			go v.look(one)
		}
	}
}

// visitOver ends a visit for which there is no permission any more. A database
// that does not answer ends none; the permission's own end does.
func (g *Gateway) visitOver(v *visiting) {
	ctx, cancel := context.WithTimeout(context.Background(), askFor)
	defer cancel()
	if _, err := g.granted(ctx, v); errors.Is(err, session.ErrNotFound) {
		v.cancel()
	}
}
