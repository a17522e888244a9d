package idle

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/usage"
)

// Rule says which sessions are stopped when they are not used.
type Rule struct {
	After time.Duration // without use; 0: never
	Warn  time.Duration // so long before, its owner is told
	Grace time.Duration // a session is left alone for so long after it got ready
	// Queues and Apps that the rule is for; empty: all.
	Queues, Apps []string
	// Keep are people ("alice") and groups ("@ops") whose sessions are left alone.
	Keep []string
}

// Action is what to do about a session.
type Action string

// The actions.
const (
	Leave Action = "leave"
	Warn  Action = "warn"
	Stop  Action = "stop"
)

// Verdict is a rule's word on a session.
type Verdict struct {
	Action Action
	Since  time.Time // of the last use, as far as it counts; zero: not judged
	Why    string    // in words
}

// fresh is how old what is known of a session's use may be.
const fresh = 5 * time.Minute

// Facts are what a session is judged by.
type Facts struct {
	Session session.Session
	Use     usage.Summary // the zero Summary: nothing is known
	// Asked says that the app can say whether its kernels compute.
	Asked bool
	// Warned is when the owner was last told; zero: never.
	Warned time.Time
}

// Judge decides about one session.
func (r Rule) Judge(now time.Time, f Facts) Verdict {
	s, u := f.Session, f.Use
	if why := r.spared(s); why != "" {
		return Verdict{Action: Leave, Why: why}
	}
	switch {
	case s.State != session.Ready || s.Suspended():
		return Verdict{Action: Leave, Why: "it does not run"}
	case s.AgentSince.IsZero():
		return Verdict{Action: Leave, Why: "its agent is not connected: what it does is not known"}
	case u.SampledAt.IsZero() || now.Sub(u.SampledAt) > fresh || u.Attempt != s.Attempt:
		return Verdict{Action: Leave, Why: "what it does is not known"}
	case f.Asked && u.Kernels < 0:
		return Verdict{Action: Leave, Why: "whether its kernels compute is not known"}
	case u.Kernels > 0:
		return Verdict{Action: Leave, Since: now, Why: "a kernel computes"}
	}
	since := s.ReadyAt.Add(r.Grace)
	if busy := u.BusyAt(); busy.After(since) {
		since = busy
	}
	return r.weigh(now, since, f.Warned)
}

// weigh decides about a session that was last used then.
func (r Rule) weigh(now, since, warned time.Time) Verdict {
	unused := now.Sub(since)
	v := Verdict{Action: Leave, Since: since, Why: "it was used lately"}
	if unused < r.After-r.Warn {
		return v
	}
	if r.Warn > 0 && !warned.After(since) {
		left := max(r.After-unused, r.Warn) // who was not told in time is told now, and has the whole time
		v.Action = Warn
		v.Why = fmt.Sprintf("Not used for %s. It will be stopped in %s unless it is used.", brief(unused), brief(left))
		return v
	}
	if unused < r.After || now.Sub(warned) < r.Warn && r.Warn > 0 {
		v.Why = "it was warned"
		return v
	}
	return Verdict{Action: Stop, Since: since, Why: "not used for " + brief(unused)}
}

// spared says why the rule is not for a session; "" if it is.
func (r Rule) spared(s session.Session) string {
	switch {
	case r.After <= 0:
		return "idle sessions are not stopped"
	case len(r.Queues) > 0 && !slices.Contains(r.Queues, s.Queue):
		return "the rule is not for its queue"
	case len(r.Apps) > 0 && !slices.Contains(r.Apps, s.App):
		return "the rule is not for its app"
	}
	for _, who := range r.Keep {
		group, isGroup := strings.CutPrefix(who, "@")
		if who == s.Owner || isGroup && slices.Contains(s.OwnerGroups, group) {
			return "its owner's sessions are left alone"
		}
	}
	return ""
}

// brief writes a span for people: "2 h 5 min".
func brief(d time.Duration) string {
	if d < time.Minute {
		return "less than a minute"
	}
	d = d.Round(time.Minute)
	h, m := int(d.Hours()), int(d.Minutes())%60
	switch {
	case h == 0:
		return fmt.Sprintf("%d min", m)
	case m == 0:
		return fmt.Sprintf("%d h", h)
	}
	return fmt.Sprintf("%d h %d min", h, m)
}
