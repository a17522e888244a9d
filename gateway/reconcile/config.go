package reconcile

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
)

// Lifecycle is what the reconciler tells its observations to. The sessions are
// those that it has just read.
type Lifecycle interface {
	Observe(ctx context.Context, s session.Session, job batch.Job, from session.Source) (session.Session, error)
	Preview(s session.Session, job batch.Job, from session.Source) session.State
	Missing(ctx context.Context, s session.Session, p session.Patience) (session.Session, error)
	Unfound(ctx context.Context, s session.Session, p session.Patience) (session.Session, error)
	Recancel(ctx context.Context, s session.Session)
	AgentGone(ctx context.Context, id session.ID, attempt int) error
}

// Store is what the reconciler reads.
type Store interface {
	List(ctx context.Context, f session.Filter) ([]session.Session, error)
	Get(ctx context.Context, id session.ID) (session.Session, error)
}

// Link is a connected agent.
type Link struct {
	Session session.ID
	Attempt int
}

// Links are the agents that are connected to this process.
type Links interface {
	Links() []Link
	// Sync brings one link in line with its session's row.
	Sync(ctx context.Context, id session.ID) error
}

// Config sets a Reconciler up. Links, Audit and Done may be nil.
type Config struct {
	Store        Store
	Lifecycle    Lifecycle
	Schedulers   map[string]batch.Scheduler // by cluster
	Installation string
	Links        Links
	// Audit is told of every repair.
	Audit func(context.Context, Drift)
	// Done is given the report of every round that the database did not cut
	// short; not those of Check. It is called between rounds.
	Done func(Report)
	// Leader says that this process has just taken over from one that may have
	// died: what is Stopping in the first round is cancelled at once. Otherwise
	// whoever stopped it is given the time to do so.
	Leader   bool
	Patience Patience
	// LostAfter is Patience.Lost.For by cluster, where it differs.
	LostAfter map[string]time.Duration
	Orphans   Orphans
	Now       func() time.Time
	Log       *slog.Logger
}

// Orphans says what becomes of a job that carries our tag and whose session is
// not there at all, as after a database was restored from a backup. A job whose
// session has ended, and a second job of a session, are always cancelled.
type Orphans string

// The policies.
const (
	ReportOrphans Orphans = "report" // "" too
	CancelOrphans Orphans = "cancel"
)

// Patience says how long things may be uncertain.
type Patience struct {
	// Lost: unreported by queue and accounting, before a session is lost.
	Lost session.Patience
	// Unfound: no job with the session's tag, before a launch that was
	// interrupted is taken to have started nothing.
	Unfound session.Patience
	// Submit is how long a submission may take before its session is looked up
	// by tag.
	Submit time.Duration
	// Cancel is how long a cancelled job may live before it is cancelled again.
	Cancel time.Duration
	// Polite is how long a connected agent that was told to stop may take before
	// its job is cancelled. It should be longer than the apps' own grace.
	Polite time.Duration
	// Who is how long the end of a cancelled job may wait for accounting to say
	// who cancelled it.
	Who time.Duration
	// Link is how long a row may say that an agent is connected while none is
	// connected here, before the row is corrected. If the agent is connected to
	// another gateway, that one corrects it back.
	Link time.Duration
	// Orphan is how often the whole queue is searched for jobs with our tag.
	Orphan time.Duration
}

// DefaultPatience is used by New for whatever is zero.
var DefaultPatience = Patience{
	Lost:    session.Patience{For: 10 * time.Minute, Polls: 5},
	Unfound: session.Patience{For: 15 * time.Second, Polls: 3},
	Submit:  time.Minute,
	Cancel:  20 * time.Second,
	Polite:  15 * time.Second,
	Who:     10 * time.Second,
	Link:    time.Minute,
	Orphan:  time.Minute,
}

func (p Patience) withDefaults() Patience {
	if p.Lost == (session.Patience{}) {
		p.Lost = DefaultPatience.Lost
	}
	if p.Unfound == (session.Patience{}) {
		p.Unfound = DefaultPatience.Unfound
	}
	p.Submit = cmp.Or(p.Submit, DefaultPatience.Submit)
	p.Cancel = cmp.Or(p.Cancel, DefaultPatience.Cancel)
	p.Polite = cmp.Or(p.Polite, DefaultPatience.Polite)
	p.Who = cmp.Or(p.Who, DefaultPatience.Who)
	p.Link = cmp.Or(p.Link, DefaultPatience.Link)
	p.Orphan = cmp.Or(p.Orphan, DefaultPatience.Orphan)
	return p
}
