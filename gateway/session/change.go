package session

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"
)

// change reads the session, lets edit change it, and writes it by
// compare-and-set; it starts again when somebody else was faster. An edit that
// leaves the session as it was writes nothing.
func (l *Lifecycle) change(ctx context.Context, id ID, edit func(*Session) Evidence) (Session, error) {
	s, err := l.Store.Get(ctx, id)
	if err != nil {
		return s, err
	}
	return l.changeFrom(ctx, s, edit)
}

// changeFrom is change for a caller that has just read the session: it is read
// again only if somebody else was faster.
func (l *Lifecycle) changeFrom(ctx context.Context, s Session, edit func(*Session) Evidence) (Session, error) {
	for range 50 {
		before := s
		ev := edit(&s)
		if ev.Event == "" && same(before, s) {
			return s, nil
		}
		after, err := l.Store.Change(ctx, s, ev)
		if !errors.Is(err, ErrMoved) {
			return after, err
		}
		if s, err = l.Store.Get(ctx, s.ID); err != nil {
			return s, err
		}
	}
	return Session{}, fmt.Errorf("session %s: %w, 50 times in a row", s.ID, ErrMoved)
}

// move applies the event to the session by the table. It returns evidence for
// the timeline, or none if the event moved nothing.
func (l *Lifecycle) move(s *Session, e Event, from Source, text string) Evidence {
	before := s.State
	s.State = Next(s.State, e)
	if s.State == before {
		return Evidence{}
	}
	return Evidence{At: l.Now(), Source: from, Event: e, From: before, To: s.State, Text: text}
}

// end is what is known of an end.
type end struct {
	reason EndReason
	detail string
	code   *int
	signal int
}

// end applies an event that may end the session. A reason that somebody gave
// for stopping wins over what the job's death looks like.
func (l *Lifecycle) end(s *Session, e Event, from Source, what end) Evidence {
	before := s.State
	s.State = Next(s.State, e)
	if s.State != Ended || before == Ended {
		return Evidence{}
	}
	s.EndedAt = l.Now()
	s.Reason, s.Detail = what.reason, what.detail
	if s.StopReason != "" {
		s.Reason, s.Detail = s.StopReason, s.StopReason.Text()
	}
	s.ExitCode, s.Signal = what.code, what.signal
	s.EstimatedStart = time.Time{}
	s.found()
	s.AgentSince, s.AgentLost = time.Time{}, time.Time{}
	return Evidence{At: s.EndedAt, Source: from, Event: e, From: before, To: Ended, Text: s.Reason.Text()}
}

// same compares sessions, but for the slice and pointer in them which no edit
// changes on its own.
func same(a, b Session) bool {
	a.ClaimHash, b.ClaimHash = nil, nil
	a.ExitCode, b.ExitCode = nil, nil
	return reflect.DeepEqual(a, b)
}
