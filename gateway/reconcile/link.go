package reconcile

import (
	"errors"
	"fmt"

	"github.com/berth-hpc/berth/gateway/session"
)

// links compares the agents connected here with their sessions, both ways.
func (o *round) links() error {
	if o.Links == nil {
		return nil
	}
	var errs []error
	here := map[session.ID]bool{}
	for _, link := range o.Links.Links() {
		here[link.Session] = true
		errs = append(errs, o.link(link))
	}
	for _, s := range o.live {
		if here[s.ID] || s.AgentSince.IsZero() {
			if !o.dry {
				delete(o.unlinked, s.ID)
			}
			continue
		}
		errs = append(errs, o.claim(s))
	}
	return errors.Join(errs...)
}

// link compares one agent with its session's row.
func (o *round) link(link Link) error {
	s, err := o.Store.Get(o.ctx, link.Session)
	d := Drift{Session: link.Session, Cluster: s.Cluster, Job: s.JobID, Owner: s.Owner}
	switch {
	case errors.Is(err, session.ErrNotFound):
		d.Kind, d.Text = AgentWithoutSession, "an agent is connected for a session that is not there"
	case err != nil:
		return err
	case s.State == session.Ended && o.Now().Sub(s.EndedAt) > endGrace:
		d.Kind, d.Text, d.Repair = AgentWithoutSession, "an agent is connected for a session that has ended", "told to stop"
	case s.Live() && link.Attempt < s.Attempt:
		d.Kind, d.Text, d.Repair = TunnelWithoutClaim, fmt.Sprintf("the agent of attempt %d is connected; the session is at %d", link.Attempt, s.Attempt), "superseded"
	case s.Live() && s.AgentSince.IsZero():
		d.Kind, d.Text, d.Repair = TunnelWithoutClaim, "an agent is connected of which the row does not know", "noted"
	default:
		return nil
	}
	o.add(d)
	if o.dry || d.Repair == "" {
		return nil
	}
	return o.Links.Sync(o.ctx, link.Session)
}

// claim deals with a row that says that an agent is connected, while none is
// connected here: the gateway that had it was killed, or could not write it
// down. If another gateway has it, that one hears of the change and writes it
// back, and is not troubled again for a while.
func (o *round) claim(s session.Session) error {
	since := s.AgentSince
	if !o.dry {
		if _, known := o.unlinked[s.ID]; !known {
			o.unlinked[s.ID] = o.Now()
		}
		since = o.unlinked[s.ID]
	}
	if o.Now().Sub(since) < o.Patience.Link {
		return nil
	}
	d := o.drift(ClaimWithoutTunnel, s, "its row says that an agent is connected, and none is connected to this gateway")
	d.Repair = "noted as not connected"
	o.add(d)
	if o.dry {
		return nil
	}
	o.unlinked[s.ID] = o.Now().Add(9 * o.Patience.Link)
	return o.Lifecycle.AgentGone(o.ctx, s.ID, s.Attempt)
}
