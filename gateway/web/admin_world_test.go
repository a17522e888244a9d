package web

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/cron"
	"github.com/berth-hpc/berth/gateway/health"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/session/sessiontest"
)

// office is what admins' pages need of storage, in memory. The real one is
// tested in package sql, and with these pages in cmd/berth.
type office struct {
	*sessiontest.Store
	people []admin.Person

	mu      sync.Mutex
	entries []admin.Entry
	grants  []admin.Grant
	notes   []admin.Announcement
	rules   []limit.Rule
	windows []limit.Window
	facts   health.Facts
}

func newOffice(sessions *sessiontest.Store) *office {
	return &office{Store: sessions, people: []admin.Person{
		{User: login.User{Name: "alice", DisplayName: "Ada Lindqvist", Mail: "alice@nova.example", Groups: []string{"users", "physics"}}, LastLoginAt: time.Now().Add(-time.Hour), Logins: 2, Tokens: 1, Sessions: 6, GPUs: 4, CPUs: 26},
		{User: login.User{Name: "carol", DisplayName: "Carol", Admin: true}, LastLoginAt: time.Now(), Logins: 1},
	}}
}

func (o *office) parts(life *session.Lifecycle) Admin {
	sessions := &admin.Sessions{Store: o, Grants: o, Lifecycle: life, Now: time.Now}
	return Admin{
		Sessions: sessions, Users: &admin.Users{Store: o, Sessions: sessions}, Audit: o,
		Limits: admin.Limits{Store: o, Now: time.Now}, Maintenance: admin.Maintenance{Store: o, Now: time.Now},
		Jobs:          admin.Jobs{Runner: todo{o}, Store: o},
		Runs:          func(context.Context, string, int64, int) ([]cron.Run, error) { return o.runs(), nil },
		Facts:         func(context.Context) health.Facts { return o.facts },
		Announcements: &admin.Announcements{Store: o, Now: time.Now},
	}
}

func (o *office) note(e admin.Entry) {
	o.mu.Lock()
	defer o.mu.Unlock()
	e.ID, e.At = int64(len(o.entries)+1), time.Now()
	o.entries = append(o.entries, e)
}

func (o *office) FindSessions(ctx context.Context, f admin.SessionFilter) ([]session.Session, error) {
	all, err := o.List(ctx, session.Filter{Owner: f.Owner, Limit: 1 << 20})
	all = slices.DeleteFunc(all, func(s session.Session) bool {
		return f.State == admin.Live && !s.Live() || f.Text != "" && !strings.Contains(s.Name, f.Text) ||
			f.After.ID != "" && !s.CreatedAt.Before(f.After.At)
	})
	return all[:min(len(all), f.Limit)], err
}

func (o *office) Census(ctx context.Context, since time.Time) (admin.Census, error) {
	c := admin.Census{States: map[session.State]int{}, Ended: map[session.EndReason]int{session.Failed: 2, session.Lost: 1}, Since: since, People: 1}
	all, err := o.List(ctx, session.Filter{Live: true})
	for _, s := range all {
		c.States[s.State]++
		c.Held = append(c.Held, admin.Held{Cluster: s.Cluster, Queue: s.Queue, GPUType: s.Resources.GPUType, Sessions: 1, GPUs: s.Resources.GPUs, CPUs: s.Resources.CPUs})
	}
	return c, err
}

type auditedOffice struct {
	*office
	entry admin.Entry
}

func (o *office) Audited(e admin.Entry) session.Store { return auditedOffice{o, e} }

func (a auditedOffice) Change(ctx context.Context, s session.Session, ev session.Evidence) (session.Session, error) {
	after, err := a.Store.Change(ctx, s, ev)
	if err == nil && ev.Event == session.EvStop {
		a.note(a.entry)
	}
	return after, err
}

func (o *office) CreateGrant(_ context.Context, g admin.Grant, e admin.Entry, _ session.Evidence) error {
	o.note(e)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.grants = append(o.grants, g)
	return nil
}

func (o *office) EndGrants(_ context.Context, id session.ID, who string, at time.Time, e admin.Entry, _ session.Evidence) (int, error) {
	o.note(e)
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, g := range o.grants {
		if g.Session == id && g.Admin == who {
			o.grants[i].Until = at
		}
	}
	return 1, nil
}

func (o *office) OpenGrants(_ context.Context, id session.ID, who string, at time.Time) ([]admin.Grant, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var open []admin.Grant
	for _, g := range o.grants {
		if g.Session == id && (who == "" || g.Admin == who) && at.Before(g.Until) {
			open = append(open, g)
		}
	}
	return open, nil
}

func (o *office) FindUsers(_ context.Context, f admin.PersonFilter) ([]admin.Person, error) {
	return slices.DeleteFunc(slices.Clone(o.people), func(p admin.Person) bool { return !strings.HasPrefix(p.Name, f.Text) }), nil
}

func (o *office) FindGroups(context.Context, admin.GroupFilter) ([]admin.Group, error) {
	return []admin.Group{{Name: "physics", Members: 12, People: 1, Sessions: 6, GPUs: 4, CPUs: 26}}, nil
}

func (o *office) User(_ context.Context, name string) (admin.Person, error) {
	for _, p := range o.people {
		if p.Name == name {
			return p, nil
		}
	}
	return admin.Person{}, login.ErrNotFound
}

func (o *office) LoginsOf(context.Context, string) ([]login.Login, error) {
	return []login.Login{{ID: "l1", CreatedAt: time.Now().Add(-time.Hour), LastSeenAt: time.Now(), IP: "192.0.2.7", UserAgent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0"}}, nil
}

func (o *office) DropLogins(_ context.Context, _ string, e admin.Entry) (int, error) {
	o.note(e)
	return 2, nil
}

func (o *office) DropTokens(_ context.Context, _ string, e admin.Entry) (int, error) {
	o.note(e)
	return 1, nil
}

func (o *office) AddAnnouncement(_ context.Context, a admin.Announcement, e admin.Entry) error {
	o.note(e)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.notes = append(o.notes, a)
	return nil
}

func (o *office) DropAnnouncement(_ context.Context, id string, e admin.Entry) error {
	o.note(e)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.notes = slices.DeleteFunc(o.notes, func(a admin.Announcement) bool { return a.ID == id })
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

func (o *office) Limits(context.Context) ([]limit.Rule, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.rules), nil
}

func (o *office) ChangeLimits(_ context.Context, changes []limit.Change, entries []admin.Entry) error {
	for _, e := range entries {
		o.note(e)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range changes {
		if c.Old != nil {
			o.rules = slices.DeleteFunc(o.rules, func(r limit.Rule) bool { return r.ID == c.Old.ID })
		}
		if c.New != nil {
			o.rules = append(o.rules, *c.New)
		}
	}
	return nil
}

func (o *office) Maintenance(context.Context, time.Time) ([]limit.Window, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.windows), nil
}

func (o *office) AddMaintenance(_ context.Context, w limit.Window, e admin.Entry) error {
	o.note(e)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.windows = append(o.windows, w)
	return nil
}

func (o *office) DeleteMaintenance(_ context.Context, id string, e admin.Entry) error {
	o.note(e)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.windows = slices.DeleteFunc(o.windows, func(w limit.Window) bool { return w.ID == id })
	return nil
}

func (o *office) runs() []cron.Run {
	begun := time.Now().Add(-time.Hour)
	return []cron.Run{
		{ID: 2, Job: "purge", Replica: "gw1", Due: begun, Started: begun, Finished: begun.Add(3 * time.Second), Outcome: cron.OK, Detail: "12 sessions removed"},
		{ID: 1, Job: "purge", Replica: "gw1", Due: begun.Add(-24 * time.Hour), Started: begun.Add(-24 * time.Hour), Outcome: cron.CutOff, AskedBy: "carol"},
	}
}

// todo is the recurring work of the office.
type todo struct{ *office }

func (o todo) List(context.Context) ([]cron.Listed, error) {
	return []cron.Listed{
		{Job: cron.Job{Name: "purge", About: "Removes what is older than the site wants to keep.", Spec: "15 3 * * *"}, Standing: cron.Standing{Last: o.runs()[0], Next: time.Now().Add(time.Hour)}},
		{Job: cron.Job{Name: "refresh-queues", About: "Asks each scheduler.", Spec: "@every 15s", Everywhere: true}},
	}, nil
}

func (o todo) Has(job string) bool { return job == "purge" }

func (o *office) AskCron(_ context.Context, _ string, e admin.Entry) error {
	o.note(e)
	return nil
}
