package walltime

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/berth-hpc/berth/gateway/session"
)

// Store reads sessions.
type Store interface {
	List(ctx context.Context, f session.Filter) ([]session.Session, error)
	Timeline(ctx context.Context, id session.ID) ([]session.Evidence, error)
}

// Notes writes into timelines.
type Notes interface {
	Note(ctx context.Context, s session.Session, e session.Event, text string) (session.Session, error)
}

// Warner warns before the end.
type Warner struct {
	Store  Store
	Notes  Notes
	Before []time.Duration // thresholds: so long before the end
	Now    func() time.Time
}

// Run warns whoever is due.
func (w Warner) Run(ctx context.Context) (string, error) {
	live, err := w.Store.List(ctx, session.Filter{Live: true})
	if err != nil {
		return "", err
	}
	var warned int
	var errs []error
	for _, s := range live {
		crossed, ok := Crossed(w.Now(), s, w.Before)
		if !ok {
			continue
		}
		timeline, err := w.Store.Timeline(ctx, s.ID)
		if err == nil && !said(timeline, crossed) {
			warned++
			left := s.Deadline().Sub(w.Now()).Round(time.Minute)
			_, err = w.Notes.Note(ctx, s, session.EvEndsSoon, fmt.Sprintf(
				"The time limit ends this session in %d min. Save your work.", max(int(left.Minutes()), 1)))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("session %s: %w", s.ID, err))
		}
	}
	return fmt.Sprintf("%d warned", warned), errors.Join(errs...)
}

// Crossed says since when the nearest threshold of the session is crossed; false
// if none is. It is pure.
func Crossed(now time.Time, s session.Session, before []time.Duration) (since time.Time, ok bool) {
	end := s.Deadline()
	if end.IsZero() || !now.Before(end) || s.State != session.Ready && s.State != session.Starting {
		return since, false
	}
	for _, d := range before {
		// A limit that is hardly longer than the threshold is no news.
		if at := end.Add(-d); d > 0 && at.After(s.StartedAt) && !now.Before(at) && (!ok || at.After(since)) {
			since, ok = at, true
		}
	}
	return since, ok
}

// said reports whether a warning was given since then.
func said(timeline []session.Evidence, since time.Time) bool {
	for _, e := range timeline {
		if e.Event == session.EvEndsSoon && !e.At.Before(since) {
			return true
		}
	}
	return false
}
