package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/berth-hpc/berth/gateway/session"
)

// The clocks and bounds of an event stream.
const (
	// beatEvery is how often a comment goes out.
	beatEvery = 15 * time.Second
	// lookPause is the least time between two looks at the database, so that an
	// app that prints without end costs twenty a second and no more.
	lookPause = 50 * time.Millisecond
	// streamLife ends a stream, so that its reader signs in anew: a login that
	// ended or a token that was deleted must not go on listening.
	streamLife = 10 * time.Minute
	// mostLines is how many lines one look takes. No store keeps more.
	mostLines = 2000
)

// follower is one open event stream: it looks at the session whenever the hub
// says so, and sends what is new.
type follower struct {
	api   *API
	owner string
	id    session.ID
	out   *eventStream

	session session.Session   // at the latest look
	lines   []session.LogLine // seen, but not sent
	after   int64             // number of the last line seen
	looked  time.Time
	stale   bool   // the latest look failed
	sent    []byte // the latest state event
}

// SessionEnd is the data of the last event of a stream.
type SessionEnd struct {
	Reason     session.EndReason `json:"reason"`
	ReasonText string            `json:"reason_text"`
}

// look reads the session and its new lines. The session comes first: when it
// has ended, every line that it printed is there.
func (f *follower) look(ctx context.Context) error {
	f.looked = time.Now()
	s, err := f.api.sessions.Owned(ctx, f.owner, f.id)
	if err != nil {
		return err
	}
	lines, err := f.api.sessions.Logs.Tail(ctx, f.id, f.after, mostLines)
	if err != nil {
		return err
	}
	f.session, f.lines = s, lines
	if len(lines) > 0 {
		f.after = lines[len(lines)-1].Seq
	}
	return nil
}

// follow sends what is seen until the session has ended, the client is gone, or
// the stream's life is over.
func (f *follower) follow(ctx context.Context, changed <-chan struct{}) {
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	life := time.NewTimer(streamLife)
	defer life.Stop()
	for {
		over, err := f.send()
		if over || err != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-life.C:
			return
		case <-beat.C:
			f.out.beat()
			if !f.stale {
				continue
			}
		case <-changed:
			if !pause(ctx, lookPause-time.Since(f.looked)) {
				return
			}
		}
		err = f.look(ctx)
		if errors.Is(err, session.ErrNotFound) || ctx.Err() != nil {
			return
		}
		// A database that is away for a while ends no stream: the next beat looks again.
		if f.stale = err != nil; f.stale {
			f.api.log.WarnContext(ctx, "an event stream could not look at its session", "session", f.id, "err", err)
		}
	}
}

// send writes what is new since the last time, and reports whether that was all
// there will ever be.
func (f *follower) send() (over bool, err error) {
	state, err := json.Marshal(f.api.session(f.session))
	if err != nil {
		return false, err
	}
	if !bytes.Equal(state, f.sent) {
		f.out.event("state", 0, state)
		f.sent = state
	}
	for _, line := range f.lines {
		data, err := json.Marshal(logLine(line))
		if err != nil {
			return false, err
		}
		f.out.event("log", line.Seq, data)
	}
	f.lines = nil
	if over = !f.session.Live(); over {
		data, err := json.Marshal(SessionEnd{Reason: f.session.Reason, ReasonText: f.session.Reason.Text()})
		if err != nil {
			return false, err
		}
		f.out.event("end", 0, data)
	}
	return over, f.out.flush()
}

// pause waits; it reports whether the context still holds.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
