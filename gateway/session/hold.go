package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
)

// Events of a session's timeline that move no state.
const (
	EvHeld     Event = "held"     // a maintenance keeps the job from starting
	EvReleased Event = "released" // not any more
)

// KeepMaintenance holds the waiting jobs that would run into a maintenance if
// they started now, and releases those for which it is over. It is to run every
// minute, in one gateway; limit.Margin allows for a round that is late. Doing
// it again changes nothing. The error joins what could not be done, which the
// next round tries again.
//
// A job that its owner or an admin holds is left alone. A scheduler that cannot
// hold (batch.Holder) lets such jobs start; what is admitted anew is refused in
// any case.
func (l *Lifecycle) KeepMaintenance(ctx context.Context) (held, released int, err error) {
	windows, err := l.Limits.Maintenance(ctx, l.Now())
	if err != nil {
		return 0, 0, err
	}
	live, err := l.Store.List(ctx, Filter{Live: true})
	if err != nil {
		return 0, 0, err
	}
	var failed error
	for _, s := range live {
		holder, ok := l.Clusters[s.Cluster].Scheduler.(batch.Holder)
		if !ok {
			continue
		}
		window, blocked := limit.Blocked(windows, s.Cluster, s.Queue, l.here(), s.TimeLimit)
		waits := s.State == Queued && s.JobID != ""
		switch ours := !s.HeldUntil.IsZero(); {
		case waits && blocked && (ours || s.JobState != batch.Held):
			if ours && s.JobState == batch.Held && s.HeldUntil.Equal(window.Until) {
				continue
			}
			if err = l.hold(ctx, holder, s, window); err == nil {
				held++
			}
		case ours && waits:
			if err = l.release(ctx, holder, s); err == nil {
				released++
			}
		case ours: // it runs or ends
			err = l.unhold(ctx, holder, s)
		default:
			continue
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("session %s, job %s on %s: %w", s.ID, s.JobID, s.Cluster, err))
		}
	}
	return held, released, failed
}

// hold writes down that the job is held by us before it is, so that nobody
// forgets to release it.
func (l *Lifecycle) hold(ctx context.Context, holder batch.Holder, s Session, w limit.Window) error {
	s, err := l.changeFrom(ctx, s, func(s *Session) Evidence {
		if s.State != Queued || s.HeldUntil.Equal(w.Until) {
			return Evidence{}
		}
		s.HeldUntil, s.EstimatedStart = w.Until, time.Time{}
		text := "held until the maintenance is over, " + w.Until.In(l.Zone).Format("Mon 2 Jan 15:04 MST")
		if w.Text != "" {
			text += ": " + w.Text
		}
		return Evidence{At: l.Now(), Source: FromGateway, Event: EvHeld, From: s.State, To: s.State, By: w.SetBy, Text: text}
	})
	if err != nil || s.HeldUntil.IsZero() {
		return err
	}
	if err = holder.Hold(ctx, s.Owner, s.JobID); errors.Is(err, batch.ErrNotWaiting) {
		_, err = l.changeFrom(ctx, s, notHeld)
	}
	return err
}

// release lets the job start again, and only then forgets that we held it.
func (l *Lifecycle) release(ctx context.Context, holder batch.Holder, s Session) error {
	if err := holder.Release(ctx, s.Owner, s.JobID); err != nil {
		return err
	}
	_, err := l.changeFrom(ctx, s, func(s *Session) Evidence {
		s.HeldUntil = time.Time{}
		return Evidence{
			At: l.Now(), Source: FromGateway, Event: EvReleased, From: s.State, To: s.State,
			Text: "the maintenance is over; the job may start",
		}
	})
	return err
}

// unhold is for a job that began all the same: Slurm takes a hold of a job that
// runs, which would keep it back after a requeue.
func (l *Lifecycle) unhold(ctx context.Context, holder batch.Holder, s Session) error {
	if s.State == Starting || s.State == Ready {
		if err := holder.Release(ctx, s.Owner, s.JobID); err != nil {
			return err
		}
	}
	_, err := l.changeFrom(ctx, s, notHeld)
	return err
}

func notHeld(s *Session) Evidence {
	s.HeldUntil = time.Time{}
	return Evidence{}
}
