package admin

import (
	"context"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

// Severity says how loud an announcement is.
type Severity string

// The severities.
const (
	Info    Severity = "info"
	Warning Severity = "warning"
	Danger  Severity = "danger"
)

// Severities lists every severity.
func Severities() []Severity { return []Severity{Info, Warning, Danger} }

// Announcement is what admins tell everybody, or those who use one cluster or
// queue.
type Announcement struct {
	ID             string // assigned
	Severity       Severity
	Text           string // plain, one paragraph or a few
	Cluster, Queue string // "": all
	From           time.Time
	Until          time.Time // zero: until it is withdrawn
	SetBy          string
	SetAt          time.Time
}

// mostAnnouncement bounds an announcement's text in bytes.
const mostAnnouncement = 1000

// Active reports whether it is shown at that moment.
func (a Announcement) Active(now time.Time) bool {
	return !now.Before(a.From) && (a.Until.IsZero() || now.Before(a.Until))
}

// Concerns reports whether it is about that queue; "" stands for any.
func (a Announcement) Concerns(cluster, queue string) bool {
	return (a.Cluster == "" || a.Cluster == cluster) && (a.Queue == "" || a.Queue == queue)
}

// Everybody reports whether it is for everybody.
func (a Announcement) Everybody() bool { return a.Cluster == "" && a.Queue == "" }

func (a Announcement) valid() error {
	switch {
	case strings.TrimSpace(a.Text) == "":
		return &Invalid{"text", "An announcement needs a text."}
	case len(a.Text) > mostAnnouncement:
		return &Invalid{"text", "The text is too long; 1000 bytes are allowed."}
	case !utf8.ValidString(a.Text) || strings.ContainsRune(a.Text, 0):
		return &Invalid{"text", "The text has characters that are no text."}
	case a.Severity != Info && a.Severity != Warning && a.Severity != Danger:
		return &Invalid{"severity", "The severity is info, warning or danger."}
	case !a.Until.IsZero() && !a.Until.After(a.From):
		return &Invalid{"until", "It would end before it begins."}
	}
	return nil
}

// AnnouncementStore keeps announcements.
type AnnouncementStore interface {
	// AddAnnouncement adds the announcement and the entry in one transaction.
	AddAnnouncement(ctx context.Context, a Announcement, e Entry) error
	// DropAnnouncement removes it, likewise; ErrNoAnnouncement.
	DropAnnouncement(ctx context.Context, id string, e Entry) error
	// Announcements lists those that have not ended at that moment, and some
	// that have, newest first.
	Announcements(ctx context.Context, now time.Time) ([]Announcement, error)
}

// ErrNoAnnouncement says that there is none with that id.
var ErrNoAnnouncement = login.ErrNotFound

// Announcements is what admins tell people. It is safe for concurrent use.
type Announcements struct {
	Store AnnouncementStore
	Now   func() time.Time

	mu   sync.Mutex
	list []Announcement
	read time.Time
}

// rereadAfter is how long what was read of the announcements is believed; every
// page shows them.
const rereadAfter = 5 * time.Second

// Add checks and publishes an announcement, and returns it as it is kept.
func (a *Announcements) Add(ctx context.Context, who Actor, n Announcement) (Announcement, error) {
	n.Text = strings.TrimSpace(strings.ReplaceAll(n.Text, "\r\n", "\n"))
	n.ID, n.SetBy, n.SetAt = string(session.NewID()), who.Name, a.Now()
	if n.From.IsZero() {
		n.From = n.SetAt
	}
	if n.Severity == "" {
		n.Severity = Info
	}
	if err := n.valid(); err != nil {
		return n, err
	}
	defer a.forget()
	return n, a.Store.AddAnnouncement(ctx, n, who.Did("announcement.add", n.ID, string(n.Severity)+": "+n.Text))
}

// Withdraw takes an announcement back; ErrNoAnnouncement.
func (a *Announcements) Withdraw(ctx context.Context, who Actor, id string) error {
	if !session.ID(id).Valid() {
		return ErrNoAnnouncement
	}
	defer a.forget()
	return a.Store.DropAnnouncement(ctx, id, who.Did("announcement.withdraw", id, ""))
}

// All lists announcements, newest first: those to come, those that are shown,
// and some that are over.
func (a *Announcements) All(ctx context.Context) ([]Announcement, error) {
	return a.Store.Announcements(ctx, a.Now())
}

// Active lists what is shown now, the loudest first. It reads the store every few
// seconds at most. A store that does not answer changes nothing.
func (a *Announcements) Active(ctx context.Context) []Announcement {
	now := a.Now()
	a.mu.Lock()
	list, stale := a.list, a.read.IsZero() || now.Sub(a.read) >= rereadAfter
	if stale {
		a.read = now // the others go on with the old ones meanwhile
	}
	a.mu.Unlock()
	if stale {
		if fresh, err := a.Store.Announcements(ctx, now); err == nil {
			list = fresh
			a.mu.Lock()
			a.list = fresh
			a.mu.Unlock()
		}
	}
	var active []Announcement
	for _, s := range []Severity{Danger, Warning, Info} {
		for _, n := range list {
			if n.Severity == s && n.Active(now) {
				active = append(active, n)
			}
		}
	}
	return active
}

func (a *Announcements) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.read = time.Time{}
}
