package session

import (
	"context"
	"log/slog"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// Cluster is a configured batch system as the lifecycle sees it.
type Cluster struct {
	Name      string
	Scheduler batch.Scheduler
	// Script makes the job script that starts the agent for the session; the
	// secret is what the agent will claim with.
	Script func(s Session, app App, secret string) ([]byte, error)
	// JobLog reads what the job printed before its agent could speak, as the
	// owner; "" when there is nothing.
	JobLog func(ctx context.Context, s Session) string
}

// Agents tells a session's connected agent something.
type Agents interface {
	// Stop asks the agent to end the app. It reports whether there was an agent
	// to ask.
	Stop(session ID, reason string) bool
}

// Options are the parts of a Lifecycle. All are needed but those that say so.
type Options struct {
	Store        Store
	Logs         Logs
	Board        *Board
	Clusters     map[string]Cluster
	Apps         []App
	Defaults     Defaults
	Limits       Limits
	Agents       Agents
	Installation string // part of every job's tag: [a-z0-9-]+
	Now          func() time.Time
	Log          *slog.Logger
	// Zone is the site's, by whose calendar GPU-hours are counted. nil: UTC.
	Zone *time.Location
	// Contact is whom those may ask whom a limit stops. May be "".
	Contact string
}

// Lifecycle makes sessions happen: it launches, observes, claims and stops
// them, one compare-and-set at a time. It keeps no state of its own, so several
// gateways can run one over the same store.
type Lifecycle struct {
	Options
	rights *rights
}

// New makes a Lifecycle.
func New(o Options) *Lifecycle {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	return &Lifecycle{Options: o, rights: newRights(o)}
}

// here is now, on the site's clocks.
func (l *Lifecycle) here() time.Time { return l.Now().In(l.Zone) }

// Facts are what launch requests are checked against now, whoever asks; see
// FactsFor.
func (l *Lifecycle) Facts() Facts {
	return Facts{Apps: l.Apps, Board: l.Board.All(), Defaults: l.Defaults}
}

// AppOf finds an entry of the catalogue.
func (l *Lifecycle) AppOf(id string) (App, bool) {
	for _, a := range l.Apps {
		if a.ID == id {
			return a, true
		}
	}
	return App{}, false
}
