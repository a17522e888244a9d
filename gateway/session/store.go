package session

import (
	"context"
	"errors"
	"time"

	"github.com/berth-hpc/berth/gateway/limit"
)

// Errors of every Store.
var (
	// ErrNotFound: there is no such session, or it is none of the asker's business.
	ErrNotFound = errors.New("no such session")
	// ErrNameTaken: the owner has a live session of that name.
	ErrNameTaken = errors.New("a session of this name is already there")
	// ErrMoved: the row was changed by somebody else since it was read.
	ErrMoved = errors.New("the session has changed meanwhile")
	// ErrStore: the database does not answer. Nothing was changed, or it is not
	// known whether it was.
	ErrStore = errors.New("the database does not answer")
)

// Store keeps sessions. Its promises are tested in sql.
type Store interface {
	// Create inserts the session in one transaction that reads the limits, holds
	// a lock on all that they count for the owner, counts it and lets the
	// admission decide: its refusal is returned as it is and nothing is written.
	// ErrNameTaken if the owner has a live session of that name.
	Create(ctx context.Context, s Session, ev Evidence, ask limit.Admission) (Session, error)
	// Get reads one session; ErrNotFound.
	Get(ctx context.Context, id ID) (Session, error)
	// ByName reads the owner's live session of that name, or else the one that
	// ended last; ErrNotFound.
	ByName(ctx context.Context, owner, name string) (Session, error)
	// List reads sessions, newest first.
	List(ctx context.Context, f Filter) ([]Session, error)
	// Change writes the session if its row still has s.Version, adds the
	// evidence to the timeline in the same transaction and returns the row with
	// its new version; ErrMoved if the row has moved on. Evidence with an empty
	// Event is not written.
	Change(ctx context.Context, s Session, ev Evidence) (Session, error)
	// Timeline reads a session's evidence, oldest first.
	Timeline(ctx context.Context, id ID) ([]Evidence, error)
}

// Limits reads what limits people, without a lock: to explain, not to admit.
type Limits interface {
	// LimitsFor reads the rules that could concern the person and the maintenance
	// that is not over at that time.
	LimitsFor(ctx context.Context, who limit.Subject, at time.Time) (limit.Set, error)
	// Maintenance reads the windows that end after the time, the earliest first.
	Maintenance(ctx context.Context, after time.Time) ([]limit.Window, error)
	// LimitUsage counts what the owner, and those whom a rule counts together, hold.
	LimitUsage(ctx context.Context, owner string, c limit.Counting, at time.Time) (limit.Usage, error)
}

// Logs keeps the last lines that each session's job printed.
type Logs interface {
	// Append adds lines (their Seq is assigned) and trims the session's log.
	Append(ctx context.Context, id ID, lines []LogLine) error
	// Tail reads up to n lines after Seq after, the newest n, oldest first.
	Tail(ctx context.Context, id ID, after int64, n int) ([]LogLine, error)
}

// Filter chooses sessions. Zero values choose all.
type Filter struct {
	Owner   string
	Live    bool // only those that have not ended
	Cluster string
	Limit   int // 0: 100 rows, except with Live, which has no limit
}
