package tunnel

import (
	"context"
	"time"
)

// Authority decides about claims and takes events in. The gateway implements it.
type Authority interface {
	// Claim checks the claim's secret and fence (session, attempt, job id,
	// restarts) and answers with what to run. The same agent claims again after
	// every reconnect and must get the same answer. A *Refused error with Final
	// set ends the agent; any other error makes it try again later.
	Claim(ctx context.Context, claim Claim) (Manifest, error)

	// Event takes one event. The events of one link arrive one after the other
	// and in order. An error makes the registry try Ready, Log and Exited again
	// while the link lives; other events are not repeated. Event must be
	// idempotent: a reconnect repeats what was not acknowledged.
	Event(ctx context.Context, link LinkID, event Event) error
}

// LinkID names the link that an event came from.
type LinkID struct {
	Session string
	Attempt int    // Manifest.Attempt
	Link    string // random, one per control connection
}

// LinkInfo describes a live link.
type LinkInfo struct {
	LinkID
	Claim     Claim // its Secret is empty
	Since     time.Time
	LastHeard time.Time
	Parked    int // data connections ready to be taken
	Open      int // data connections in use
}
