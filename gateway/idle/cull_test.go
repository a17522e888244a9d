package idle_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/idle"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/usage"
)

// world is one session, its use and what was done to it.
type world struct {
	now      time.Time
	session  session.Session
	use      usage.Summary
	timeline []session.Evidence
	done     []string
}

func (w *world) List(context.Context, session.Filter) ([]session.Session, error) {
	return []session.Session{w.session}, nil
}
func (w *world) Get(context.Context, session.ID) (session.Session, error) { return w.session, nil }
func (w *world) AppOf(string) (session.App, bool)                         { return session.App{Activity: "jupyter"}, true }

func (w *world) Timeline(context.Context, session.ID) ([]session.Evidence, error) {
	return w.timeline, nil
}

func (w *world) LiveUsage(context.Context) (map[session.ID]usage.Summary, error) {
	w.use.SampledAt = w.now
	return map[session.ID]usage.Summary{w.session.ID: w.use}, nil
}

func (w *world) Note(_ context.Context, s session.Session, e session.Event, text string) (session.Session, error) {
	w.timeline = append(w.timeline, session.Evidence{At: w.now, Event: e})
	w.done = append(w.done, w.now.Format("15:04 ")+text)
	return s, nil
}

func (w *world) Stop(_ context.Context, _ session.ID, by string, why session.EndReason) (session.Session, error) {
	w.session.State = session.Stopping
	w.done = append(w.done, w.now.Format("15:04 ")+"stopped by "+by+": "+string(why))
	return w.session, nil
}

// live runs the culler each minute.
func (w *world) live(t *testing.T, span time.Duration, dry bool) string {
	t.Helper()
	var last string
	for end := w.now.Add(span); w.now.Before(end); w.now = w.now.Add(time.Minute) {
		c := idle.Culler{
			Rule: rule, DryRun: dry, Name: "cull-idle", Store: w, Lifecycle: w, Log: slog.New(slog.DiscardHandler),
			Audit: func(_ context.Context, _ session.Session, why string) error {
				w.done = append(w.done, w.now.Format("15:04 ")+"audited: "+why)
				return nil
			},
			Now: func() time.Time { return w.now },
		}
		var err error
		if last, err = c.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return last
}

func newWorld() *world {
	f := unused()
	f.Use.KernelAt, f.Use.OpenAt = now, now
	return &world{now: now, session: f.Session, use: f.Use}
}

func TestAnIdleSessionIsWarnedAndThenStopped(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.live(t, 3*time.Hour, false)
	want := []string{
		"13:45 Not used for 1 h 45 min. It will be stopped in 15 min unless it is used.",
		"14:00 audited: not used for 2 h", "14:00 stopped by cull-idle: idle",
	}
	if diff := cmp.Diff(want, w.done); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUseTakesTheWarningBack(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.live(t, 110*time.Minute, false)
	w.use.OpenAt = w.now
	w.live(t, 2*time.Hour, false)
	want := []string{
		"13:45 Not used for 1 h 45 min. It will be stopped in 15 min unless it is used.",
		"15:35 Not used for 1 h 45 min. It will be stopped in 15 min unless it is used.",
	}
	if diff := cmp.Diff(want, w.done); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestADryRunTouchesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld()
	text := w.live(t, 3*time.Hour, true)
	if len(w.done) != 0 || !strings.Contains(text, "would warn alice's lab") {
		t.Errorf("%q, %q", w.done, text)
	}
}
