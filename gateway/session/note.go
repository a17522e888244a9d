package session

import "context"

// Events that stand in the timeline and move nothing.
const (
	EvIdleSoon Event = "idle_soon" // unused: it will be stopped unless it is used
	EvEndsSoon Event = "ends_soon" // its time limit is near
)

// Note writes a line into the timeline of a session, as it was just read, and so
// shows it to whoever has its page open. A session that has ended gets none.
func (l *Lifecycle) Note(ctx context.Context, s Session, e Event, text string) (Session, error) {
	return l.changeFrom(ctx, s, func(s *Session) Evidence {
		if s.State == Ended {
			return Evidence{}
		}
		return Evidence{At: l.Now(), Source: FromGateway, Event: e, From: s.State, To: s.State, Text: text}
	})
}
