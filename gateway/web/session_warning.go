package web

import (
	"time"

	"github.com/berth-hpc/berth/gateway/session"
)

// idleWarning is how long the page repeats that a session is not used: use
// takes the warning back, and no event says so.
const idleWarning = 20 * time.Minute

// warnings repeats at the top of the page what the timeline has said of the
// session's near end.
func warnings(s session.Session, timeline []session.Evidence, now time.Time) []notice {
	if s.State != session.Ready && s.State != session.Starting {
		return nil
	}
	var list []notice
	var ends, idle bool
	for _, e := range timeline {
		ends = ends || e.Event == session.EvEndsSoon && e.At.After(s.StartedAt)
		idle = idle || e.Event == session.EvIdleSoon && now.Sub(e.At) < idleWarning
	}
	if ends && s.Deadline().After(now) {
		list = append(list, notice{
			Tone: "warn", Title: "The time limit is near",
			Text: "Save your work: the scheduler ends this session when its time is over.",
		})
	}
	if idle {
		list = append(list, notice{
			Tone: "warn", Title: "Nobody seems to use this session",
			Text: "It will be stopped soon, so that others get its resources. Open it or run something to keep it.",
		})
	}
	return list
}
