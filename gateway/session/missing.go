package session

import (
	"context"
	"fmt"
	"time"
)

// Patience is how long a job may go unreported before something is concluded
// from it. Both must have passed.
type Patience struct {
	For   time.Duration
	Polls int
}

// Missing notes that neither queue nor accounting reports the job. Past the
// patience the session is lost; before that, nothing but the note changes. A
// report of the job clears the note. A connected agent is a better witness than
// a silent scheduler: as long as the row says that one is, the session goes on,
// and the patience begins when the agent is gone.
func (l *Lifecycle) Missing(ctx context.Context, s Session, p Patience) (Session, error) {
	return l.changeFrom(ctx, s, func(s *Session) Evidence {
		if !s.AgentSince.IsZero() {
			s.MissingPolls = 0
			if s.MissingSince.IsZero() && s.State != Ended {
				s.MissingSince = l.Now()
			}
			return Evidence{}
		}
		gone, enough := l.missed(s, p)
		if !enough {
			return Evidence{}
		}
		detail := fmt.Sprintf("not reported by queue or accounting for %s, in %d polls", gone.Round(time.Second), s.MissingPolls)
		return l.end(s, EvLost, FromQueue, end{reason: Lost, detail: detail})
	})
}

// Unfound notes that the scheduler knows no job with the tag of a session of
// which no job is known. Past the patience it is certain that nothing was
// started, and the session ends.
func (l *Lifecycle) Unfound(ctx context.Context, s Session, p Patience) (Session, error) {
	return l.changeFrom(ctx, s, func(s *Session) Evidence {
		if s.JobID != "" || (s.State != Requested && s.State != Stopping) {
			return Evidence{}
		}
		if _, enough := l.missed(s, p); !enough {
			return Evidence{}
		}
		return l.end(s, EvRefused, FromQueue, end{
			reason: NotSubmitted,
			detail: "it was interrupted before the scheduler had the job; nothing was started",
		})
	})
}

// found ends the search for the session's job, or a spell without a report of
// it.
func (s *Session) found() { s.MissingSince, s.MissingPolls = time.Time{}, 0 }

// missed counts one more poll without the job.
func (l *Lifecycle) missed(s *Session, p Patience) (gone time.Duration, enough bool) {
	if s.State == Ended {
		return 0, false
	}
	s.MissingPolls++
	if s.MissingSince.IsZero() {
		s.MissingSince = l.Now()
	}
	since := s.MissingSince
	if s.AgentLost.After(since) {
		since = s.AgentLost
	}
	gone = l.Now().Sub(since)
	return gone, s.MissingPolls >= p.Polls && gone >= p.For
}
