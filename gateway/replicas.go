package gateway

import (
	"context"
	"errors"
	"time"

	"github.com/berth-hpc/berth/gateway/reconcile"
	"github.com/berth-hpc/berth/gateway/session"
)

// SetReplicas tells every agent, now and at its next claim, at which gateways
// it should have a connection: the agent listeners' URLs, and the fingerprints
// of their certificates.
func (g *Gateway) SetReplicas(urls, fingerprints []string) error {
	g.agents.mu.Lock()
	g.agents.gateways, g.agents.fingerprints = urls, fingerprints
	g.agents.mu.Unlock()
	return g.registry.Announce(urls, fingerprints)
}

// syncLimit bounds bringing one link in line with its session's row.
const syncLimit = 10 * time.Second

// syncLinks brings the links of changed sessions in line with their rows:
// another gateway may have accepted a newer agent, or ended the session, or
// seen its own link go while this one's is up.
func (g *Gateway) syncLinks() {
	for {
		select {
		case <-g.stopping.Done():
			return
		case <-g.changed:
		}
		for _, id := range g.takeChanged() {
			ctx, cancel := context.WithTimeout(g.stopping, syncLimit)
			err := g.syncLink(ctx, id)
			cancel()
			if err != nil && !errors.Is(err, context.Canceled) {
				g.Log.Warn("a link was not brought in line with its session", "session", id, "err", err)
			}
		}
	}
}

// Links implements reconcile.Links.
func (g *Gateway) Links() []reconcile.Link {
	list := g.registry.List()
	links := make([]reconcile.Link, len(list))
	for i, l := range list {
		links[i] = reconcile.Link{Session: session.ID(l.Session), Attempt: l.Attempt}
	}
	return links
}

// Sync implements reconcile.Links.
func (g *Gateway) Sync(ctx context.Context, id session.ID) error { return g.syncLink(ctx, id) }

func (g *Gateway) syncLink(ctx context.Context, id session.ID) error {
	link, connected := g.registry.Connected(string(id))
	if !connected && !g.carried(id) {
		return nil
	}
	s, err := g.Sessions.Store.Get(ctx, id)
	switch {
	case errors.Is(err, session.ErrNotFound):
		g.proxy.Forget(string(id))
		return nil
	case err != nil:
		return err
	case s.State == session.Ended:
		g.proxy.Forget(string(id))
		g.registry.Stop(string(id), string(s.StopReason))
	case !connected:
	case s.State == session.Stopping:
		g.registry.Stop(string(id), string(s.StopReason))
	case s.Attempt > link.Attempt:
		g.registry.Supersede(string(id), s.Attempt)
	case s.Attempt == link.Attempt && s.AgentSince.IsZero():
		return g.Sessions.AgentConnected(ctx, id, link.Attempt)
	}
	return nil
}

// carried reports whether the proxy keeps something of the session.
func (g *Gateway) carried(id session.ID) bool {
	_, last := g.proxy.Activity(string(id))
	return !last.IsZero()
}

// noteChanged remembers a changed session for syncLinks, if this gateway has
// something of it; an empty id stands for all with a link.
func (g *Gateway) noteChanged(id session.ID) {
	g.changes.Lock()
	if id == "" {
		for _, l := range g.registry.List() {
			g.changedIDs[session.ID(l.Session)] = true
		}
	} else if _, ok := g.registry.Connected(string(id)); ok || g.carried(id) {
		g.changedIDs[id] = true
	}
	some := len(g.changedIDs) > 0
	g.changes.Unlock()
	if some {
		select {
		case g.changed <- struct{}{}:
		default:
		}
	}
}

func (g *Gateway) takeChanged() []session.ID {
	g.changes.Lock()
	defer g.changes.Unlock()
	ids := make([]session.ID, 0, len(g.changedIDs))
	for id := range g.changedIDs {
		ids = append(ids, id)
	}
	clear(g.changedIDs)
	return ids
}
