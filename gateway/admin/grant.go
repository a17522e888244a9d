package admin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/berth-hpc/berth/gateway/session"
)

// GrantSpan is how long an admin may look at another person's session after
// having said why.
const GrantSpan = time.Hour

// ErrNoGrant says that an admin has not asked for a session, or that the time
// is over.
var ErrNoGrant = errors.New("no permission to open this session")

// Grant is an admin's permission to open another person's session for a while.
// Its owner can see it.
type Grant struct {
	ID      int64 // assigned
	Session session.ID
	Admin   string // account name
	Reason  string
	From    time.Time
	Until   time.Time
}

// GrantStore keeps grants.
type GrantStore interface {
	// CreateGrant adds the grant, the entry and the evidence in one transaction,
	// and announces that the session has changed.
	CreateGrant(ctx context.Context, g Grant, e Entry, ev session.Evidence) error
	// EndGrants ends the admin's grants for the session that are open at that
	// moment, likewise in one transaction, and says how many there were. Where
	// there was none, nothing is written.
	EndGrants(ctx context.Context, id session.ID, admin string, at time.Time, e Entry, ev session.Evidence) (int, error)
	// OpenGrants lists the grants for the session that are open at that moment,
	// newest first; of one admin, or with "" of all.
	OpenGrants(ctx context.Context, id session.ID, admin string, at time.Time) ([]Grant, error)
}

// Open lets the admin into a live session for GrantSpan. The owner is told on the
// session's timeline, with the reason.
func (a *Sessions) Open(ctx context.Context, who Actor, id session.ID, reason string) (Grant, error) {
	reason, err := reasonOf(reason)
	if err != nil {
		return Grant{}, err
	}
	s, err := a.Get(ctx, id)
	if err != nil {
		return Grant{}, err
	}
	switch {
	case s.Owner == who.Name:
		return Grant{}, &Invalid{"", "This session is your own: open it from your list."}
	case !s.Live():
		return Grant{}, &Invalid{"", "This session has ended: there is nothing to open."}
	}
	now := a.Now()
	g := Grant{Session: id, Admin: who.Name, Reason: reason, From: now, Until: now.Add(GrantSpan)}
	span := fmt.Sprintf("%d minutes", int(GrantSpan.Minutes()))
	return g, a.Grants.CreateGrant(ctx, g,
		who.Did("session.open", string(id), fmt.Sprintf("%s's %s, for %s: %s", s.Owner, s.Name, span, reason)),
		session.Evidence{
			At: now, Source: session.FromPerson, Event: "opened_by_admin", From: s.State, To: s.State, By: who.Name,
			Text: "an admin may open this session for " + span + ": " + reason,
		})
}

// Leave ends the admin's permission before its time.
func (a *Sessions) Leave(ctx context.Context, who Actor, id session.ID) error {
	s, err := a.Get(ctx, id)
	if err != nil {
		return err
	}
	now := a.Now()
	_, err = a.Grants.EndGrants(ctx, id, who.Name, now,
		who.Did("session.leave", string(id), s.Owner+"'s "+s.Name),
		session.Evidence{
			At: now, Source: session.FromPerson, Event: "left_by_admin", From: s.State, To: s.State, By: who.Name,
			Text: "the admin has given the permission back",
		})
	return err
}

// OpenGrants lists the permissions for a session that are open now, newest first.
func (a *Sessions) OpenGrants(ctx context.Context, id session.ID) ([]Grant, error) {
	return a.Grants.OpenGrants(ctx, id, "", a.Now())
}

// Granted returns the admin's permission for the session, if it is open now, and
// ErrNoGrant otherwise.
func (a *Sessions) Granted(ctx context.Context, id session.ID, admin string) (Grant, error) {
	if admin == "" {
		return Grant{}, ErrNoGrant
	}
	open, err := a.Grants.OpenGrants(ctx, id, admin, a.Now())
	if err != nil {
		return Grant{}, err
	}
	if len(open) == 0 {
		return Grant{}, ErrNoGrant
	}
	return open[0], nil
}
