package sql

import "strings"

// channel is what is listened on.
const channel = "berth"

// Kind says what a notice is about.
type Kind string

// The kinds of notice. A kind that this release does not know is not delivered.
const (
	// SessionChanged: the session with that ID was created or changed.
	SessionChanged Kind = "session"
	// LogGrew: the session with that ID printed something. Several appends are
	// one notice.
	LogGrew Kind = "log"
	// LoginChanged: forget what is cached of the logins, tokens and groups of
	// the user with that name.
	LoginChanged Kind = "login"
	// ReplicaChanged: the gateway with that name has joined, left or moved.
	ReplicaChanged Kind = "replica"
	// Resync: notices may have been missed; read again whatever is kept. ID is "".
	Resync Kind = "resync"
)

// Notice is an announcement. It carries no content: read the row.
type Notice struct {
	Kind Kind
	ID   string
}

// payload is the notice as NOTIFY carries it; parseNotice reads it.
func (n Notice) payload() string { return string(n.Kind) + ":" + n.ID }

func parseNotice(payload string) (Notice, bool) {
	kind, id, ok := strings.Cut(payload, ":")
	if !ok || id == "" {
		return Notice{}, false
	}
	switch n := (Notice{Kind: Kind(kind), ID: id}); n.Kind {
	case SessionChanged, LogGrew, LoginChanged, ReplicaChanged:
		return n, true
	}
	return Notice{}, false
}
