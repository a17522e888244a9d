package cron

import (
	"context"
	"fmt"
	"time"
)

// smallGap is how long nobody may lead without a note of what was missed.
const smallGap = time.Minute

// firstDue is when a job is due of which somebody else was in charge until now.
// What was due since its last run is run at once, once; the rest was missed.
func (r *Runner) firstDue(ctx context.Context, t *task) time.Time {
	now := time.Now()
	last := t.known()
	if last.Now.Job != "" { // perhaps it died with its process: who gets the lock knows
		if release, got, err := r.Store.LockCron(ctx, t.Name); err == nil && got {
			release()
		}
	}
	if last.Last.Job == "" || last.SpecThen != t.Spec {
		if t.AtOnce {
			return now
		}
		return t.schedule.Next(now)
	}
	n, first, late := t.schedule.Passed(last.Last.Started, now)
	if n > 1 && now.Sub(first) >= smallGap {
		err := r.Store.MissCron(ctx, Run{
			Job: t.Name, Replica: r.Replica, Due: first, Started: first, Finished: now, Outcome: Missed,
			Detail: fmt.Sprintf("due %s between %s and %s, and no gateway was there to do it",
				times(n-1), first.In(r.Zone).Format(stamp), now.In(r.Zone).Format(stamp)),
		})
		if err != nil {
			r.complain(ctx, "a gap is not noted", t.Name, err)
		}
	}
	switch {
	case t.AtOnce:
		return now
	case n > 0:
		return late
	}
	return t.schedule.Next(last.Last.Started)
}

const stamp = "2006-01-02 15:04:05 MST"

func times(n int) string {
	switch {
	case n == 1:
		return "once"
	case n >= mostCounted-1:
		return fmt.Sprintf("%d times or more", n)
	}
	return fmt.Sprintf("%d times", n)
}

// loop runs one job until ctx ends.
func (r *Runner) loop(ctx context.Context, t *task, due time.Time) {
	for t.wait(ctx, due) {
		began := time.Now()
		if due.IsZero() || due.After(began) {
			due = began // it was poked
		}
		run, err := r.once(ctx, t, due, "")
		if err != nil {
			r.complain(ctx, "a run cannot begin", t.Name, err)
		}
		if run.Job == "" { // no run: somebody else is at it, or the store does not answer
			pause(ctx)
			due = began
			continue
		}
		due = t.schedule.after(run.Started, time.Now())
	}
}

// after is when a job is next due that began and ended then. Of what was due
// while it ran, an interval makes up one, and a date none.
func (s Schedule) after(began, ended time.Time) time.Time {
	next := s.Next(began)
	if s.fields != nil && !next.After(ended) {
		return s.Next(ended)
	}
	return next
}

// wait returns true when the job is due or was poked, false when ctx has ended.
func (t *task) wait(ctx context.Context, due time.Time) bool {
	var alarm <-chan time.Time
	if !due.IsZero() {
		timer := time.NewTimer(time.Until(due))
		defer timer.Stop()
		alarm = timer.C
	}
	select {
	case <-ctx.Done():
	case <-alarm:
	case <-t.wake:
	}
	return ctx.Err() == nil
}

func (t *task) known() Standing {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.standing
}

func (t *task) set(s Standing) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.standing = s
}

// setAsked notes whether somebody has asked for a run, and says what was noted.
func (t *task) setAsked(asked bool) (before bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before, t.asked = t.asked, asked
	return before
}
