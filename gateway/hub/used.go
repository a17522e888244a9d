package hub

import (
	"context"
	"errors"
	"time"

	"github.com/berth-hpc/berth/gateway/idle"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/usage"
)

// always is a rule for every session.
var always = idle.Rule{After: 100 * 365 * 24 * time.Hour}

// usedAt says when a session was used last.
type usedAt func(session.Session) time.Time

// used looks at one session after the other.
func (h *Hub) used(ctx context.Context) usedAt {
	return func(s session.Session) time.Time {
		if !s.Live() {
			return s.EndedAt
		}
		use, err := h.Store.Usage(ctx, s.ID)
		if err != nil && !errors.Is(err, session.ErrNotFound) {
			h.Log.WarnContext(ctx, "when a session was used is not known", "session", s.ID, "err", err)
		}
		return h.lastUse(s, use)
	}
}

// usedAll has looked at all sessions that live.
func (h *Hub) usedAll(ctx context.Context) (usedAt, error) {
	all, err := h.Store.LiveUsage(ctx)
	return func(s session.Session) time.Time { return h.lastUse(s, all[s.ID]) }, err
}

// lastUse is when the session was used last, judged as for this site's own rule
// about idle sessions. What runs and is not known to be idle counts as in use: a
// culler must not stop it.
func (h *Hub) lastUse(s session.Session, use usage.Summary) time.Time {
	if !s.Live() {
		return s.EndedAt
	}
	app, _ := h.Sessions.AppOf(s.App)
	v := always.Judge(h.Now(), idle.Facts{Session: s, Use: use, Asked: app.Activity != ""})
	if v.Since.IsZero() {
		return h.Now()
	}
	return v.Since
}
