package admin

import (
	"context"
	"time"

	"github.com/berth-hpc/berth/gateway/session"
)

// Choices of SessionFilter.State besides the states themselves.
const (
	AnyState = ""        // every session
	Live     = "live"    // all that have not ended
	Waiting  = "waiting" // Requested and Queued
	Failed   = "failed"  // ended for one of FailedReasons
)

// FailedReasons are the ends that are nobody's wish.
func FailedReasons() []session.EndReason {
	return []session.EndReason{
		session.Failed, session.Refused, session.NotSubmitted, session.OutOfMemory,
		session.NodeFailed, session.StartTimeout, session.Lost,
	}
}

// SessionFilter chooses sessions of everybody. Zero values choose all.
type SessionFilter struct {
	State                       string // a session.State, or one of the choices above
	Owner, Cluster, Queue, Node string // exactly
	// Text is words, each of which begins a word of the session's name, owner,
	// job, node or account.
	Text  string
	After SessionMark // only what comes behind it in the list
	Limit int         // 0: 100
}

// SessionMark is a session's place in a list that is sorted by age, newest
// first.
type SessionMark struct {
	At time.Time
	ID session.ID
}

// MarkOf is the session's place.
func MarkOf(s session.Session) SessionMark { return SessionMark{s.CreatedAt, s.ID} }

// Census counts the sessions of a moment.
type Census struct {
	States map[session.State]int // of live ones
	Held   []Held                // what running ones hold
	Ended  map[session.EndReason]int
	Since  time.Time // Ended counts what ended since then
	People int       // with a live session
}

// Held is what running sessions hold of one type of GPU in one queue.
type Held struct {
	Cluster, Queue, GPUType string
	Sessions, GPUs, CPUs    int
}

// SessionStore finds sessions of everybody.
type SessionStore interface {
	// FindSessions lists sessions, newest first.
	FindSessions(ctx context.Context, f SessionFilter) ([]session.Session, error)
	// Census counts live sessions, and those that ended since then.
	Census(ctx context.Context, since time.Time) (Census, error)
	// Audited is the store of sessions whose next stop is written into the audit
	// log too, in the transaction of the change.
	Audited(e Entry) session.Store
}

// Sessions is what admins do to sessions of everybody.
type Sessions struct {
	Store     SessionStore
	Grants    GrantStore
	Lifecycle *session.Lifecycle
	Now       func() time.Time
}

// Find lists sessions, newest first.
func (a *Sessions) Find(ctx context.Context, f SessionFilter) ([]session.Session, error) {
	return a.Store.FindSessions(ctx, f)
}

// Get reads one session, whosever it is; session.ErrNotFound.
func (a *Sessions) Get(ctx context.Context, id session.ID) (session.Session, error) {
	if !id.Valid() {
		return session.Session{}, session.ErrNotFound
	}
	return a.Lifecycle.Store.Get(ctx, id)
}

// Stop asks for a session's end on an admin's behalf; the reason is shown to its
// owner and may be "". What is stopping already, or has ended, is a success and
// leaves no entry: nothing was done.
func (a *Sessions) Stop(ctx context.Context, who Actor, id session.ID, reason string) (session.Session, error) {
	if reason != "" {
		var err error
		if reason, err = reasonOf(reason); err != nil {
			return session.Session{}, err
		}
	}
	s, err := a.Get(ctx, id)
	if err != nil {
		return s, err
	}
	detail := s.Owner + "'s " + s.Name
	if s.JobID != "" {
		detail += ", job " + string(s.JobID) + " on " + s.Cluster
	}
	text := "stopped by an admin"
	if reason != "" {
		detail += ": " + reason
		text += ": " + reason
	}
	parts := a.Lifecycle.Options
	parts.Store = told{a.Store.Audited(who.Did("session.stop", string(id), detail)), text}
	return session.New(parts).Stop(ctx, id, who.Name, session.StoppedByAdmin)
}

// told is a store in which a stop says more to the session's owner.
type told struct {
	session.Store
	text string
}

// Change implements session.Store.
func (t told) Change(ctx context.Context, s session.Session, ev session.Evidence) (session.Session, error) {
	if ev.Event == session.EvStop {
		ev.Text = t.text
	}
	return t.Store.Change(ctx, s, ev)
}
