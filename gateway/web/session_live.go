package web

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/gateway/session"
)

// sessionLive streams the session page's parts whenever the session changes, and
// its log as it is written.
func (w *Web) sessionLive(c *gin.Context) error {
	s, err := w.owned(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	// Subscribing before reading: what changes in between is signalled.
	signal, unsubscribe := w.Hub.Subscribe(s.ID)
	defer unsubscribe()
	out, err := w.openStream(c)
	if err != nil {
		return nil // gone already
	}
	beat := time.NewTicker(w.pace.beat)
	defer beat.Stop()
	age := time.NewTimer(w.pace.age)
	defer age.Stop()
	var lingered <-chan time.Time
	after := position(c)
	var used time.Time // when its use was last sent
	for {
		switch now, err := w.owned(c); {
		case err == nil:
			s = now
			if after, err = w.sendSession(c, out, s, after); err != nil {
				return nil // the browser has gone, or this answer is beyond mending
			}
			if time.Since(used) >= w.pace.beat || s.State == session.Ended {
				used = time.Now()
				if w.sendUse(ctx, out, s) != nil {
					return nil
				}
			}
		case errors.Is(err, session.ErrNotFound):
			_ = out.end()
			return nil
		default: // the database will be back; the page keeps what it shows
			w.Log.WarnContext(ctx, "session stream", "session", s.ID, "err", err)
		}
		if s.State == session.Ended && lingered == nil {
			t := time.NewTimer(w.pace.linger)
			defer t.Stop()
			lingered = t.C
		}
		pause(ctx.Done(), w.pace.gap)
		select {
		case <-signal:
		case <-beat.C:
			if out.beat() != nil {
				return nil
			}
		case <-lingered:
			if _, err = w.sendSession(c, out, s, after); err == nil {
				_ = out.end()
			}
			return nil
		case <-age.C:
			return nil // the browser asks again, and is asked who it is
		case <-ctx.Done():
			return nil
		}
	}
}

// sendSession sends what has changed of the page, and new log lines. The error
// is the stream's: what could not be read is sent next time.
func (w *Web) sendSession(c *gin.Context, out *stream, s session.Session, after int64) (int64, error) {
	ctx := c.Request.Context()
	t := w.pages["session_show"]
	d, err := w.sessionDetail(ctx, s, true)
	if err != nil {
		w.Log.WarnContext(ctx, "session stream", "session", s.ID, "err", err)
		return after, nil
	}
	for _, name := range []string{"session_show.head", "session_show.side", "session_show.port", "session_show.timeline"} {
		if err := out.replace(t, name, d); err != nil {
			return after, err
		}
	}
	log, err := w.logTail(ctx, s.ID, after, logBurst)
	if err != nil {
		w.Log.WarnContext(ctx, "session stream", "session", s.ID, "err", err)
		return after, nil
	}
	if len(log.Lines) == 0 {
		return after, nil
	}
	return log.After, out.lines(t, log)
}

// sendUse sends what the session uses, if that has changed.
func (w *Web) sendUse(ctx context.Context, out *stream, s session.Session) error {
	u, err := w.sessionUse(ctx, s)
	if err != nil {
		w.Log.WarnContext(ctx, "session stream", "session", s.ID, "err", err)
		return nil
	}
	return out.replace(w.pages["session_show"], "session_show.use", u)
}

// position is the last log line that the browser has: after a break it says so
// itself, at first the page did.
func position(c *gin.Context) int64 {
	for _, text := range []string{c.GetHeader("Last-Event-ID"), c.Query("after")} {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
			return n
		}
	}
	return 0
}
