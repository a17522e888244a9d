package session_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/berth-hpc/berth/gateway/session"
)

// Every event has an answer in every state, and the answer is a state.
func TestTableIsWhole(t *testing.T) {
	t.Parallel()
	known := map[session.State]bool{}
	for _, s := range session.States() {
		known[s] = true
	}
	for _, s := range session.States() {
		for _, e := range session.Events() {
			if !known[session.Next(s, e)] {
				t.Errorf("%s in %s leads to %q", e, s, session.Next(s, e))
			}
		}
	}
}

// Whatever happens in whatever order: Ended is final, what is to be stopped
// never comes back to life, Ready is only reached through Starting, and only
// proof ends a session.
func TestAnyHistoryKeepsThePromises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		state := session.Requested
		for range rapid.IntRange(1, 40).Draw(t, "length") {
			e := rapid.SampledFrom(session.Events()).Draw(t, "event")
			next := session.Next(state, e)
			switch {
			case state == session.Ended && next != session.Ended:
				t.Fatalf("%s brought an ended session back to %s", e, next)
			case state == session.Stopping && next != session.Stopping && next != session.Ended:
				t.Fatalf("%s brought a stopping session back to %s", e, next)
			case next == session.Ready && state != session.Ready && state != session.Starting:
				t.Fatalf("%s made %s ready", e, state)
			case next == session.Ended && state != session.Ended && e != session.EvOver && e != session.EvLost && e != session.EvRefused:
				t.Fatalf("%s ended a session without proof", e)
			case e == session.EvStop && state != session.Ended && next != session.Stopping:
				t.Fatalf("stop in %s led to %s", state, next)
			}
			state = next
		}
	})
}
