package admin_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/admin"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// board keeps announcements in memory.
type board struct {
	list    []admin.Announcement
	entries []admin.Entry
	reads   int
	err     error
}

func (b *board) AddAnnouncement(_ context.Context, a admin.Announcement, e admin.Entry) error {
	b.list, b.entries = append(b.list, a), append(b.entries, e)
	return b.err
}

func (b *board) DropAnnouncement(context.Context, string, admin.Entry) error { return b.err }

func (b *board) Announcements(context.Context, time.Time) ([]admin.Announcement, error) {
	b.reads++
	return b.list, b.err
}

func TestAnnouncementsAreChecked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		n     admin.Announcement
		field string
	}{
		"one":          {admin.Announcement{Text: "  The disk is full. \r\nWe are on it.\r\n"}, ""},
		"no text":      {admin.Announcement{Text: " \n"}, "text"},
		"too long":     {admin.Announcement{Text: strings.Repeat("x", 1001)}, "text"},
		"not a text":   {admin.Announcement{Text: "a\x00b"}, "text"},
		"severity":     {admin.Announcement{Text: "x", Severity: "loud"}, "severity"},
		"backwards":    {admin.Announcement{Text: "x", From: noon.Add(time.Hour), Until: noon}, "until"},
		"over already": {admin.Announcement{Text: "x", Until: noon.Add(-time.Hour)}, "until"},
	} {
		b := &board{}
		made, err := (&admin.Announcements{Store: b, Now: func() time.Time { return noon }}).Add(t.Context(), admin.Actor{Name: "carol"}, c.n)
		var invalid *admin.Invalid
		switch {
		case c.field == "" && (err != nil || made.SetBy != "carol" || made.From != noon || made.Severity != admin.Info || made.Text != "The disk is full. \nWe are on it."):
			t.Errorf("%s: %+v, %v", name, made, err)
		case c.field == "" && (len(b.entries) != 1 || b.entries[0].Action != "announcement.add" || b.entries[0].Target != made.ID):
			t.Errorf("%s: %+v", name, b.entries)
		case c.field != "" && (!errors.As(err, &invalid) || invalid.Field != c.field || len(b.list) > 0):
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every page shows them: the store is asked rarely, and what was read outlives
// its silence.
func TestActiveIsCheap(t *testing.T) {
	t.Parallel()
	now := noon
	b := &board{list: []admin.Announcement{
		{ID: "a", Severity: admin.Info, Text: "quiet", From: noon},
		{ID: "b", Severity: admin.Danger, Text: "loud", From: noon},
		{ID: "c", Severity: admin.Warning, Text: "later", From: noon.Add(time.Minute)},
	}}
	all := &admin.Announcements{Store: b, Now: func() time.Time { return now }}
	texts := func() (words []string) {
		for _, a := range all.Active(t.Context()) {
			words = append(words, a.Text)
		}
		return words
	}
	for range 100 {
		if got := strings.Join(texts(), ","); got != "loud,quiet" {
			t.Fatal(got)
		}
	}
	if b.reads != 1 {
		t.Errorf("the store was asked %d times", b.reads)
	}
	now, b.err = noon.Add(2*time.Minute), errors.New("silent")
	if got := strings.Join(texts(), ","); got != "loud,later,quiet" {
		t.Errorf("while the store is silent: %s", got)
	}
}
