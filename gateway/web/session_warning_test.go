package web

import (
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
)

func TestWarningsStandAtTheTop(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	ready := session.Session{State: session.Ready, StartedAt: now.Add(-50 * time.Minute), TimeLimit: batch.Duration(time.Hour)}
	at := func(minutes int, e session.Event) session.Evidence {
		return session.Evidence{At: now.Add(-time.Duration(minutes) * time.Minute), Event: e}
	}
	for name, c := range map[string]struct {
		change   func(*session.Session)
		timeline []session.Evidence
		want     string
	}{
		"nothing was said":   {nil, []session.Evidence{at(50, session.EvRunning)}, ""},
		"the end is near":    {nil, []session.Evidence{at(5, session.EvEndsSoon)}, "The time limit is near"},
		"of another start":   {nil, []session.Evidence{at(70, session.EvEndsSoon)}, ""},
		"unused":             {nil, []session.Evidence{at(5, session.EvIdleSoon)}, "Nobody seems to use this session"},
		"unused, long ago":   {nil, []session.Evidence{at(45, session.EvIdleSoon)}, ""},
		"both":               {nil, []session.Evidence{at(5, session.EvEndsSoon), at(4, session.EvIdleSoon)}, "The time limit is near, Nobody seems to use this session"},
		"it is stopping":     {func(s *session.Session) { s.State = session.Stopping }, []session.Evidence{at(5, session.EvEndsSoon)}, ""},
		"it has a new limit": {func(s *session.Session) { s.TimeLimit = 0 }, []session.Evidence{at(5, session.EvEndsSoon)}, ""},
	} {
		s := ready
		if c.change != nil {
			c.change(&s)
		}
		var titles []string
		for _, n := range warnings(s, c.timeline, now) {
			titles = append(titles, n.Title)
		}
		if got := strings.Join(titles, ", "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
