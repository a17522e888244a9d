package walltime_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/walltime"
)

var start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// world is one session and its timeline.
type world struct {
	now      time.Time
	session  session.Session
	timeline []session.Evidence
}

func (w *world) List(context.Context, session.Filter) ([]session.Session, error) {
	return []session.Session{w.session}, nil
}

func (w *world) Timeline(context.Context, session.ID) ([]session.Evidence, error) {
	return w.timeline, nil
}

func (w *world) Note(_ context.Context, s session.Session, e session.Event, text string) (session.Session, error) {
	w.timeline = append(w.timeline, session.Evidence{At: w.now, Event: e, Text: text})
	return s, nil
}

// live runs the warner every minute for so long, and says what it said when.
func (w *world) live(t *testing.T, span time.Duration, before ...time.Duration) []string {
	t.Helper()
	for end := w.now.Add(span); w.now.Before(end); w.now = w.now.Add(time.Minute) {
		warner := walltime.Warner{Store: w, Notes: w, Before: before, Now: func() time.Time { return w.now }}
		if _, err := warner.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	said := []string{}
	for _, e := range w.timeline {
		said = append(said, e.At.Format("15:04 ")+e.Text)
	}
	return said
}

func running(limit time.Duration) *world {
	return &world{now: start, session: session.Session{
		ID: "aaaaaaaaaaaaaaaa", State: session.Ready, StartedAt: start, TimeLimit: batch.Duration(limit),
	}}
}

func TestEachThresholdIsSaidOnce(t *testing.T) {
	t.Parallel()
	w := running(time.Hour)
	want := []string{
		"12:45 The time limit ends this session in 15 min. Save your work.",
		"12:55 The time limit ends this session in 5 min. Save your work.",
	}
	if diff := cmp.Diff(want, w.live(t, 2*time.Hour, 15*time.Minute, 5*time.Minute)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhoIsLateSaysTheNearestOnly(t *testing.T) {
	t.Parallel()
	w := running(time.Hour)
	w.now = start.Add(57 * time.Minute)
	want := []string{"12:57 The time limit ends this session in 3 min. Save your work."}
	if diff := cmp.Diff(want, w.live(t, 10*time.Minute, 5*time.Minute, 15*time.Minute)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatHasNoKnownEndIsNotWarned(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*session.Session){
		"waiting":  func(s *session.Session) { s.State = session.Queued },
		"stopping": func(s *session.Session) { s.State = session.Stopping },
		"no limit": func(s *session.Session) { s.TimeLimit = 0 },
		"no start": func(s *session.Session) { s.StartedAt = time.Time{} },
		"as short as the threshold": func(s *session.Session) {
			s.TimeLimit = batch.Duration(15 * time.Minute)
		},
	} {
		w := running(time.Hour)
		change(&w.session)
		if said := w.live(t, 2*time.Hour, 15*time.Minute); len(said) != 0 {
			t.Errorf("%s: %q", name, said)
		}
	}
}

func TestARequeuedJobIsWarnedAnew(t *testing.T) {
	t.Parallel()
	w := running(time.Hour)
	w.live(t, 50*time.Minute, 15*time.Minute)
	w.session.StartedAt = w.now
	want := []string{
		"12:45 The time limit ends this session in 15 min. Save your work.",
		"13:35 The time limit ends this session in 15 min. Save your work.",
	}
	if diff := cmp.Diff(want, w.live(t, time.Hour, 15*time.Minute)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
