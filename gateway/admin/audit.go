package admin

import (
	"context"
	"time"
)

// Actor is the person, or the recurring job, that does something.
type Actor struct {
	Name    string // account name, or the name of a cron job
	Address string // where the request came from; "" for none
}

// Did is the actor's entry for the audit log.
func (a Actor) Did(action, target, detail string) Entry {
	return Entry{By: a.Name, Action: action, Target: target, Detail: detail, Address: a.Address}
}

// Entry is a line of the audit log: something that an admin did, or that was
// done on behalf of somebody else. Entries are only added. Text is cut at 4 KiB.
type Entry struct {
	ID      int64     // rising; assigned
	At      time.Time // zero: now
	By      string    // account name, or the name of a cron job
	Action  string    // "session.stop", say; never ""
	Target  string    // whom or what it was done to
	Detail  string    // in words, no secrets
	Address string    // where the request came from; "" for none
}

// AuditFilter chooses entries of the audit log. Zero values choose all.
type AuditFilter struct {
	By, Action, Target string // exactly
	Since, Until       time.Time
	Before             int64 // only entries with a smaller ID: the page after this one
	Limit              int   // 0: 100
}

// AuditReader reads the audit log.
type AuditReader interface {
	// AuditLog lists entries, newest first.
	AuditLog(ctx context.Context, f AuditFilter) ([]Entry, error)
}
