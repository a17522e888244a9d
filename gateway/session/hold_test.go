package session_test

import (
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
)

// keep does what the recurring job does each minute, and lets the queue be seen.
func (w *world) keep() {
	w.t.Helper()
	if _, _, err := w.KeepMaintenance(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.seen()
}

// seen shows every live session its job.
func (w *world) seen() {
	w.t.Helper()
	live, err := w.store.List(w.t.Context(), session.Filter{Live: true})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range live {
		if _, err := w.Observe(w.t.Context(), s, w.batch.Job(s.JobID), session.FromQueue); err != nil {
			w.t.Fatal(err)
		}
	}
}

func window(from, until time.Time) limit.Set {
	return limit.Set{Maintenance: []limit.Window{{ID: limit.NewID(), From: from, Until: until, Text: "new disks", SetBy: "carol"}}}
}

// TestAWaitingJobIsHeldForAMaintenance: it could start in time when it was asked
// for; when it could not any more it is held, and afterwards it may start.
func TestAWaitingJobIsHeldForAMaintenance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	begin := w.now().Add(4 * time.Hour)
	w.store.SetLimits(window(begin, begin.Add(8*time.Hour)))
	s := w.launch(session.Request{"time_limit": "3h"})
	w.keep()
	if j := w.batch.Job(s.JobID); j.State != batch.Pending {
		t.Fatalf("it could start now: %+v", j)
	}
	w.pass(56 * time.Minute) // a round earlier than it has to be
	w.keep()
	if j := w.batch.Job(s.JobID); j.State != batch.Pending {
		t.Errorf("it is held too early: %+v", j)
	}
	w.pass(2 * time.Minute)
	w.batch.Update(s.JobID, func(j *batch.Job) { j.EstimatedStart = w.now().Add(time.Hour) })
	w.keep()
	s = w.get(s.ID)
	if j := w.batch.Job(s.JobID); j.State != batch.Held || s.HeldUntil.IsZero() || s.State != session.Queued || !s.EstimatedStart.IsZero() {
		t.Errorf("it is not held: %+v", j)
	}
	if text := s.Headline(); !strings.Contains(text, "Held for a maintenance until") {
		t.Error(text)
	}
	w.pass(9 * time.Hour) // it is not over
	w.keep()
	if j := w.batch.Job(s.JobID); j.State != batch.Held {
		t.Errorf("it is released too early: %+v", j)
	}
	w.pass(3 * time.Hour)
	w.keep()
	s = w.get(s.ID)
	if j := w.batch.Job(s.JobID); j.State != batch.Pending || !s.HeldUntil.IsZero() {
		t.Errorf("it is not released: %+v", j)
	}
	timeline, err := w.store.Timeline(t.Context(), s.ID)
	if err != nil {
		t.Fatal(err)
	}
	var events []string
	for _, e := range timeline {
		if e.Event == session.EvHeld || e.Event == session.EvReleased {
			events = append(events, e.Text)
		}
	}
	if len(events) != 2 || !strings.Contains(events[0], "new disks") {
		t.Errorf("the timeline says %q", events)
	}
}

// TestWhatSomebodyElseHoldsIsLeftAlone: we do not release it.
func TestWhatSomebodyElseHoldsIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.launch(session.Request{"time_limit": "3h"})
	if err := w.batch.Hold(t.Context(), "alice", s.JobID); err != nil {
		t.Fatal(err)
	}
	w.seen()
	w.store.SetLimits(window(w.now().Add(time.Hour), w.now().Add(2*time.Hour)))
	w.keep()
	w.pass(3 * time.Hour)
	w.keep()
	if j := w.batch.Job(s.JobID); j.State != batch.Held {
		t.Errorf("the owner's own hold is gone: %+v", j)
	}
}

// TestACancelledMaintenanceReleases: and a hold that failed is tried again.
func TestACancelledMaintenanceReleases(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.launch(session.Request{"time_limit": "3h"})
	w.store.SetLimits(window(w.now().Add(time.Hour), w.now().Add(2*time.Hour)))
	w.batch.SetUnavailable(true)
	if _, _, err := w.KeepMaintenance(t.Context()); err == nil {
		t.Error("a scheduler that does not answer is no error")
	}
	w.batch.SetUnavailable(false)
	w.keep()
	if j := w.batch.Job(s.JobID); j.State != batch.Held {
		t.Errorf("it was not tried again: %+v", j)
	}
	w.store.SetLimits(limit.Set{})
	w.keep()
	if j := w.batch.Job(s.JobID); j.State != batch.Pending {
		t.Errorf("it is not released: %+v", j)
	}
}

// TestARunningJobIsNotHeld: what runs into a maintenance that was planned later
// is the admins' to judge.
func TestARunningJobIsNotHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.launch(session.Request{"time_limit": "3h"})
	w.store.SetLimits(window(w.now().Add(time.Hour), w.now().Add(2*time.Hour)))
	w.batch.Start(s.JobID, "c1")
	w.keep() // the row says that it waits
	w.keep()
	if j, s := w.batch.Job(s.JobID), w.get(s.ID); j.State != batch.Running || !s.HeldUntil.IsZero() || s.State != session.Starting {
		t.Errorf("%+v, held until %s", j, s.HeldUntil)
	}
}
