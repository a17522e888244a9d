package web

import (
	"fmt"
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

// ending says how and why a session ended.
func ending(s session.Session) *endView {
	e := &endView{Advice: advice(s)}
	if s.Detail != s.Reason.Text() { // the headline says that already
		e.Detail = sentence(plain(s.Detail))
	}
	switch {
	case s.Signal > 0:
		e.Exit = fmt.Sprintf("signal %d", s.Signal)
	case s.ExitCode != nil:
		e.Exit = fmt.Sprintf("exit code %d", *s.ExitCode)
	}
	return e
}

// advice is what the owner can do about an end; "" when nothing needs doing.
func advice(s session.Session) string {
	switch s.Reason {
	case session.OutOfMemory:
		if s.Resources.Memory > 0 {
			return "It had " + s.Resources.Memory.Human() + ". Ask for more, or load less data at once."
		}
		return "Ask for more memory next time, or load less data at once."
	case session.TimedOut:
		return "It had " + span(s.TimeLimit.Std()) + ". Ask for a longer time limit if the work needs it."
	case session.Failed, session.StartTimeout:
		return "The last lines of the log often say why."
	case session.NodeFailed, session.Preempted, session.Lost:
		return "Nothing was wrong with what you asked for; you can launch it again as it was."
	case session.NotSubmitted:
		return "Try again in a few minutes."
	case session.Refused:
		return "Change what it asks for and launch it again."
	}
	return ""
}
