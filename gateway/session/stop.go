package session

import (
	"context"
	"errors"
)

// Stop asks for the session's end, in whatever state it is: its job is
// cancelled and its agent told. Stopping again, or stopping what has ended, is
// a success. The session is Stopping until there is proof of the end.
func (l *Lifecycle) Stop(ctx context.Context, id ID, by string, why EndReason) (Session, error) {
	s, err := l.change(ctx, id, func(s *Session) Evidence {
		if s.State == Ended {
			return Evidence{}
		}
		if s.StopReason == "" {
			s.StopReason, s.StoppedBy = why, by
		}
		ev := l.move(s, EvStop, FromPerson, "asked to stop")
		ev.By = by
		return ev
	})
	if err != nil || s.State == Ended {
		return s, err
	}
	l.Agents.Stop(s.ID, string(s.StopReason))
	l.cancel(context.WithoutCancel(ctx), s)
	return s, nil
}

// Recancel cancels the job of a Stopping session again: a cancel may have been
// lost while the scheduler did not answer.
func (l *Lifecycle) Recancel(ctx context.Context, s Session) {
	if s.State == Stopping {
		l.cancel(ctx, s)
	}
}

// cancel tells the scheduler; a failure is only logged, because the reconciler
// tries again for as long as the job is there.
func (l *Lifecycle) cancel(ctx context.Context, s Session) {
	if s.JobID == "" {
		return
	}
	err := l.Clusters[s.Cluster].Scheduler.Cancel(ctx, s.Owner, s.JobID)
	if err != nil && !errors.Is(err, context.Canceled) {
		l.Log.Error("cancel failed; will be tried again", "session", s.ID, "job", s.JobID, "err", err)
	}
}
