package web

import (
	"time"

	"github.com/berth-hpc/berth/gateway/session"
)

// steps are the stations that a session has passed, is at, and has before it.
func steps(s session.Session, now time.Time) []stepView {
	way := []struct {
		state session.State
		at    time.Time
	}{
		{session.Requested, s.CreatedAt},
		{session.Queued, s.QueuedAt},
		{session.Starting, s.StartedAt},
		{session.Ready, s.ReadyAt},
	}
	here := 0 // where it is, or how far it came
	for i, station := range way {
		if station.state == s.State || !running(s.State) && !station.at.IsZero() {
			here = i
		}
	}
	all := make([]stepView, len(way))
	for i, station := range way {
		v := stepView{Name: string(station.state)}
		switch {
		case i < here, i == here && s.State == session.Ready:
			v.Status = "done"
		case i == here && running(s.State):
			v.Status = "now"
		case i == here:
			v.Status = "last"
		case running(s.State):
			v.Status = "todo"
		default:
			v.Status = "skipped"
		}
		if i <= here && !station.at.IsZero() {
			v.Clock = clock(station.at, now)
		}
		all[i] = v
	}
	return all
}

// running: the session is on its way to Ready or there.
func running(s session.State) bool { return s != session.Stopping && s != session.Ended }
