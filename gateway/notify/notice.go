package notify

import (
	"context"
	"time"

	"github.com/berth-hpc/berth/gateway/session"
)

// The channels.
const (
	Mail    = "mail"
	Webhook = "webhook"
)

// Kind is what a notice is about.
type Kind string

// The kinds.
const (
	Ready    Kind = "ready"
	Ended    Kind = "ended" // unexpectedly
	EndsSoon Kind = "ends_soon"
	IdleSoon Kind = "idle_soon"
)

// Notice is one news for one channel.
type Notice struct {
	Session session.ID
	Event   int64 // its number in the session's timeline
	Channel string
	Tries   int // this one included

	Kind   Kind
	Owner  string
	Mail   string // the owner's address; "" if the directory has none
	Name   string
	App    string
	Node   string
	Reason session.EndReason
	Text   string // the timeline's words
	At     time.Time
}

// Unexpected are the ends that people are told of.
func Unexpected() []string {
	var all []string
	for _, r := range session.EndReasons() {
		switch r {
		case session.StoppedByOwner, session.Finished, session.Refused, session.NotSubmitted:
		default:
			all = append(all, string(r))
		}
	}
	return all
}

// Bounds.
const (
	MostTries = 5
	Fresh     = time.Hour
	mostOnce  = 30 // notices of one round
	// hold is longer than a round can take.
	hold = mostOnce * sendLimit
)

// Store keeps notices.
type Store interface {
	// CollectNotices makes the rows for what has happened since; it returns how
	// many are new.
	CollectNotices(ctx context.Context, channels []string, since, now time.Time) (int, error)
	// TakeNotices takes what is due of the channels, notes the try, and holds each
	// until then.
	TakeNotices(ctx context.Context, channels []string, now, hold time.Time, most int) ([]Notice, error)
	// NoticeDone notes the outcome.
	NoticeDone(ctx context.Context, n Notice, o Outcome) error
}

// Outcome is what became of a try. Both times zero: given up.
type Outcome struct {
	SentAt, AgainAt time.Time
	Failure         string
}

// Channel sends.
type Channel interface {
	Send(ctx context.Context, n Notice) error
}
