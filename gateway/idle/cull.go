package idle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/usage"
)

// Store reads sessions and what they use.
type Store interface {
	List(ctx context.Context, f session.Filter) ([]session.Session, error)
	Get(ctx context.Context, id session.ID) (session.Session, error)
	Timeline(ctx context.Context, id session.ID) ([]session.Evidence, error)
	LiveUsage(ctx context.Context) (map[session.ID]usage.Summary, error)
}

// Lifecycle is told what to do.
type Lifecycle interface {
	AppOf(id string) (session.App, bool)
	Note(ctx context.Context, s session.Session, e session.Event, text string) (session.Session, error)
	Stop(ctx context.Context, id session.ID, by string, why session.EndReason) (session.Session, error)
}

// Culler stops what is idle.
type Culler struct {
	Rule      Rule
	DryRun    bool
	Name      string // who stops, for timeline and audit
	Store     Store
	Lifecycle Lifecycle
	// Audit is told of each stop, before it.
	Audit func(ctx context.Context, s session.Session, why string) error
	Now   func() time.Time
	Log   *slog.Logger
}

// Run judges every live session once.
func (c *Culler) Run(ctx context.Context) (string, error) {
	if c.Rule.After <= 0 {
		return "idle sessions are not stopped (idle.after)", nil
	}
	live, err := c.Store.List(ctx, session.Filter{Live: true})
	if err != nil {
		return "", err
	}
	use, err := c.Store.LiveUsage(ctx)
	if err != nil {
		return "", err
	}
	var warned, stopped, judged int
	var would []string
	var errs []error
	for _, s := range live {
		v, err := c.judge(ctx, s, use[s.ID])
		if err == nil && !v.Since.IsZero() {
			judged++
		}
		switch {
		case err != nil:
		case c.DryRun && v.Action != Leave:
			would = append(would, fmt.Sprintf("would %s %s's %s (%s)", v.Action, s.Owner, s.Name, v.Why))
			c.Log.Info("idle session; dry run", "session", s.ID, "action", v.Action, "why", v.Why)
		case v.Action == Warn:
			warned++
			_, err = c.Lifecycle.Note(ctx, s, session.EvIdleSoon, v.Why)
		case v.Action == Stop:
			stopped++
			err = c.stop(ctx, s, v)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("session %s: %w", s.ID, err))
		}
	}
	text := fmt.Sprintf("%d of %d judged, %d warned, %d stopped", judged, len(live), warned, stopped)
	if len(would) > 0 {
		text += "; " + strings.Join(would, ", ")
	}
	return text, errors.Join(errs...)
}

// judge looks for a warning only where one may be needed.
func (c *Culler) judge(ctx context.Context, s session.Session, use usage.Summary) (Verdict, error) {
	app, _ := c.Lifecycle.AppOf(s.App)
	f := Facts{Session: s, Use: use, Asked: app.Activity != ""}
	v := c.Rule.Judge(c.Now(), f)
	if v.Action == Leave || c.Rule.Warn <= 0 {
		return v, nil
	}
	timeline, err := c.Store.Timeline(ctx, s.ID)
	if err != nil {
		return v, err
	}
	for _, e := range timeline {
		if e.Event == session.EvIdleSoon && e.At.After(f.Warned) {
			f.Warned = e.At
		}
	}
	return c.Rule.Judge(c.Now(), f), nil
}

// stop ends a session, if it is still the one that was judged.
func (c *Culler) stop(ctx context.Context, s session.Session, v Verdict) error {
	now, err := c.Store.Get(ctx, s.ID)
	if err != nil {
		return err
	}
	if now.State != session.Ready || now.Attempt != s.Attempt {
		return nil
	}
	if err := c.Audit(ctx, s, v.Why); err != nil {
		return err
	}
	c.Log.Info("idle session stopped", "session", s.ID, "owner", s.Owner, "why", v.Why)
	_, err = c.Lifecycle.Stop(ctx, s.ID, c.Name, session.StoppedIdle)
	return err
}
