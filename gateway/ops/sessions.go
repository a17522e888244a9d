package ops

import (
	"context"
	"errors"

	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
)

// Sessions is a store of sessions whose writes are counted: each change of a
// session is written once, by the gateway that makes it, so that counts of
// several gateways add up.
func (m *Metrics) Sessions(store session.Store) session.Store { return watched{store, m} }

type watched struct {
	session.Store
	m *Metrics
}

func (w watched) Create(ctx context.Context, s session.Session, ev session.Evidence, a limit.Admission) (session.Session, error) {
	made, err := w.Store.Create(ctx, s, ev, a)
	var denied *limit.Denied
	outcome := "admitted"
	switch {
	case err == nil:
	case errors.As(err, &denied):
		outcome = "denied"
	case errors.Is(err, session.ErrNameTaken):
		return made, err // another name may be tried
	case errors.Is(err, limit.ErrUnreadable):
		outcome = "limits unreadable"
	default:
		outcome = "failed"
	}
	w.m.add(launches, 1, s.Cluster, s.App, outcome)
	return made, err
}

func (w watched) Change(ctx context.Context, s session.Session, ev session.Evidence) (session.Session, error) {
	after, err := w.Store.Change(ctx, s, ev)
	if err == nil && ev.Event != "" {
		w.m.moved(after, ev)
	}
	return after, err
}

// moved counts a change that is written.
func (m *Metrics) moved(s session.Session, ev session.Evidence) {
	if ev.From == ev.To {
		return
	}
	first := s.Attempt == 1
	switch ev.To {
	case session.Starting:
		if first && !s.StartedAt.IsZero() {
			m.observe(queueWait, s.StartedAt.Sub(s.CreatedAt).Seconds(), s.Cluster, s.Queue)
		}
	case session.Ready:
		if !s.StartedAt.IsZero() && !s.ReadyAt.IsZero() {
			m.observe(startTime, s.ReadyAt.Sub(s.StartedAt).Seconds(), s.Cluster, s.App)
		}
		if first && !s.ReadyAt.IsZero() {
			took := s.ReadyAt.Sub(s.CreatedAt).Seconds()
			m.observe(readyTime, took, s.Cluster, s.App)
			m.observe(hubSpawn, took, "success")
		}
	case session.Ended:
		ready := "no"
		if !s.ReadyAt.IsZero() {
			ready = "yes"
		}
		m.add(sessionsEnded, 1, s.Cluster, s.App, string(s.Reason), ready)
		if ready == "no" && s.StopReason == "" {
			m.observe(hubSpawn, s.EndedAt.Sub(s.CreatedAt).Seconds(), "failure")
		}
	}
}
