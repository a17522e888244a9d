package batch

import (
	"context"
	"errors"
)

// Accounts is implemented by schedulers that can say what one user may ask for.
type Accounts interface {
	// Entitlement asks for the user's groups, accounts and classes of service.
	// ErrUnavailable says nothing about the user.
	Entitlement(ctx context.Context, user string) (Entitlement, error)
}

// Holder is implemented by schedulers that can keep a waiting job from starting.
type Holder interface {
	// Hold keeps the waiting job from starting until it is released. A job that
	// is held already is a success; one that does not wait (any more) is
	// ErrNotWaiting.
	Hold(ctx context.Context, owner string, id JobID) error
	// Release lets a job that Hold held start again. A job that is not held or
	// already gone is a success.
	Release(ctx context.Context, owner string, id JobID) error
}

// ErrNotWaiting means that a job cannot be held, because it runs or is gone.
var ErrNotWaiting = errors.New("the job does not wait")

// Entitlement is what the scheduler lets one user ask for.
type Entitlement struct {
	// Groups are the user's groups as the machine knows them, by which
	// Queue.AllowGroups goes. nil: not known.
	Groups []string
	// Enforced: a job needs one of the Associations. Without, the scheduler
	// takes any account.
	Enforced bool
	// EnforcedQOS: a job may only have a QOS of its association.
	EnforcedQOS bool
	// LimitsEnforced: the caps of associations and QOS are in force.
	LimitsEnforced bool
	Associations   []Association
	QOS            []QOS // all that there are, not only the user's
}

// Association lets the user charge jobs to an account.
type Association struct {
	Account string
	Queue   string // "": in every queue
	Default bool   // the account that is charged if none is asked for
	// QOS are the classes of service that may be asked for; DefaultQOS is what a
	// job gets without asking, "" for the scheduler's own choice.
	QOS        []string
	DefaultQOS string
	Cap        Cap
}

// QOS is a class of service.
type QOS struct {
	Name string
	Cap  Cap
}

// Cap is how much one job can have at most, or one user at once. A job that asks
// for more is refused, or waits for ever. A negative number or nil map is no cap.
type Cap struct {
	Sessions int      // jobs in the queue at once, running and waiting
	CPUs     int      // of one job
	Memory   Bytes    // of one job
	Time     Duration // of one job
	GPUs     map[string]int
}

// NoCap is a Cap that caps nothing.
func NoCap() Cap { return Cap{Sessions: -1, CPUs: -1, Memory: -1, Time: -1} }

// Accounts are the names of the accounts that the user may charge in the queue,
// the default one first.
func (e Entitlement) Accounts(queue string) []string {
	var names []string
	for _, a := range e.Associations {
		if a.Queue != "" && a.Queue != queue {
			continue
		}
		known := false
		for _, n := range names {
			known = known || n == a.Account
		}
		switch {
		case known:
		case a.Default:
			names = append([]string{a.Account}, names...)
		default:
			names = append(names, a.Account)
		}
	}
	return names
}

// Association is the one that a job of the account ("": the default) in the
// queue is charged by: that of the queue before that of all.
func (e Entitlement) Association(account, queue string) (Association, bool) {
	var found Association
	ok := false
	for _, a := range e.Associations {
		if (a.Queue != "" && a.Queue != queue) || (account == "" && !a.Default) || (account != "" && a.Account != account) {
			continue
		}
		if !ok || a.Queue != "" {
			found, ok = a, true
		}
	}
	return found, ok
}

// QOSOf finds a class of service by its name.
func (e Entitlement) QOSOf(name string) (QOS, bool) {
	for _, q := range e.QOS {
		if q.Name == name {
			return q, true
		}
	}
	return QOS{}, false
}
