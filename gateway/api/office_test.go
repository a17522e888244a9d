package api_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/session/sessiontest"
)

// office is what admins' operations need of storage, in memory.
type office struct {
	*sessiontest.Store

	mu      sync.Mutex
	entries []admin.Entry
	notes   []admin.Announcement
}

func (o *office) note(e admin.Entry) {
	o.mu.Lock()
	defer o.mu.Unlock()
	e.ID, e.At = int64(len(o.entries)+1), noon
	o.entries = append(o.entries, e)
}

func (o *office) FindSessions(ctx context.Context, f admin.SessionFilter) ([]session.Session, error) {
	all, err := o.List(ctx, session.Filter{Owner: f.Owner, Limit: 1 << 20})
	slices.SortStableFunc(all, func(a, b session.Session) int {
		if n := b.CreatedAt.Compare(a.CreatedAt); n != 0 {
			return n
		}
		return strings.Compare(string(b.ID), string(a.ID))
	})
	all = slices.DeleteFunc(all, func(s session.Session) bool {
		switch {
		case f.Queue != "" && f.Queue != s.Queue, f.Text != "" && !strings.HasPrefix(s.Name, f.Text):
			return true
		case f.After.ID != "" && (s.CreatedAt.After(f.After.At) || s.CreatedAt.Equal(f.After.At) && s.ID >= f.After.ID):
			return true
		case f.State == admin.Live:
			return !s.Live()
		case f.State == admin.Waiting:
			return s.State != session.Queued && s.State != session.Requested
		}
		return f.State != admin.AnyState && f.State != string(s.State)
	})
	return all[:min(len(all), f.Limit)], err
}

func (o *office) Census(context.Context, time.Time) (admin.Census, error) {
	return admin.Census{}, nil
}

func (o *office) Audited(e admin.Entry) session.Store { return auditedOffice{o, e} }

type auditedOffice struct {
	*office
	entry admin.Entry
}

func (a auditedOffice) Change(ctx context.Context, s session.Session, ev session.Evidence) (session.Session, error) {
	after, err := a.Store.Change(ctx, s, ev)
	if err == nil && ev.Event == session.EvStop {
		a.note(a.entry)
	}
	return after, err
}

func (o *office) AddAnnouncement(_ context.Context, a admin.Announcement, e admin.Entry) error {
	o.note(e)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.notes = append(o.notes, a)
	return nil
}

func (o *office) DropAnnouncement(_ context.Context, id string, e admin.Entry) error {
	o.mu.Lock()
	n := len(o.notes)
	o.notes = slices.DeleteFunc(o.notes, func(a admin.Announcement) bool { return a.ID == id })
	gone := len(o.notes) < n
	o.mu.Unlock()
	if !gone {
		return login.ErrNotFound
	}
	o.note(e)
	return nil
}

func (o *office) Announcements(context.Context, time.Time) ([]admin.Announcement, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.notes), nil
}

func (o *office) AuditLog(_ context.Context, f admin.AuditFilter) ([]admin.Entry, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var found []admin.Entry
	for _, e := range slices.Backward(o.entries) {
		if (f.By == "" || f.By == e.By) && (f.Before == 0 || e.ID < f.Before) && len(found) < f.Limit {
			found = append(found, e)
		}
	}
	return found, nil
}
