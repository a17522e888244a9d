package sql

import (
	"context"
	"strings"

	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

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
	// ClusterSilent and ClusterAnswers: the scheduler of the cluster with that
	// name does not answer questions about jobs, and does again. No row says so.
	ClusterSilent  Kind = "cluster_silent"
	ClusterAnswers Kind = "cluster_answers"
	// CronAsked: somebody asked for a run of the job with that name.
	CronAsked Kind = "cron"
	// Resync: notices may have been missed; read again whatever is kept. ID is "".
	Resync Kind = "resync"
)

// Notice is an announcement. It carries no content: read the row, if there is
// one.
type Notice struct {
	Kind Kind
	ID   string
}

// payload is the notice as NOTIFY carries it; parseNotice reads it.
func (n Notice) payload() string { return string(n.Kind) + ":" + n.ID }

// Announce tells every process on the database, this one too.
func (s *Store) Announce(ctx context.Context, n Notice) error {
	return s.do(ctx, "announce", func(ctx context.Context, q *dbsqlc.Queries) error {
		return q.Notify(ctx, []string{n.payload()})
	})
}

func parseNotice(payload string) (Notice, bool) {
	kind, id, ok := strings.Cut(payload, ":")
	if !ok || id == "" {
		return Notice{}, false
	}
	switch n := (Notice{Kind: Kind(kind), ID: id}); n.Kind {
	case SessionChanged, LogGrew, LoginChanged, ReplicaChanged, ClusterSilent, ClusterAnswers, CronAsked:
		return n, true
	}
	return Notice{}, false
}
