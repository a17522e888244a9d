package session

import (
	"context"
	"errors"

	"github.com/berth-hpc/berth/batch"
)

// Stop asks for the session's end, in whatever state it is. A connected agent
// is told, and ends the app and then itself; only if it has not done so after a
// grace is the job cancelled, by the reconciler. Without an agent the job is
// cancelled at once. Stopping again, or stopping what has ended, is a success.
// The session is Stopping until there is proof of the end.
func (l *Lifecycle) Stop(ctx context.Context, id ID, by string, why EndReason) (Session, error) {
	again := false
	s, err := l.change(ctx, id, func(s *Session) Evidence {
		again = s.State == Stopping
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
	failpoint("after_stopping")
	told := l.Agents.Stop(s.ID, string(s.StopReason))
	if told && !s.frozen() || again {
		return s, nil
	}
	l.cancel(context.WithoutCancel(ctx), s)
	return s, nil
}

// frozen reports whether the job's processes, the agent among them, cannot act.
func (s Session) frozen() bool { return s.JobState == batch.Suspended || s.JobState == batch.Stopped }

// Recancel cancels the job of a Stopping session: its agent was told and did
// not end in time, or a cancel was lost with its gateway or while the scheduler
// did not answer.
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
