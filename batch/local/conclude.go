package local

import (
	"context"
	"syscall"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/local/supervisor"
)

// conclude brings a job's record to what was reported of it.
func (s *Scheduler) conclude(ctx context.Context, r *record, report supervisor.Report) error {
	boot, err := supervisor.BootID()
	if err != nil {
		return err
	}
	own, short := s.groupOf(r), false
	if report.State != supervisor.Running && (report.State != supervisor.Absent || r.Phase == running) {
		if err := own.kill(ctx); err != nil {
			return err // something of it is left, and holds what was given
		}
		short = own.outOfMemory()
	}
	return s.update(ctx, r.ID, func(r *record) {
		r.apply(report, boot, time.Now())
		if r.Group = own; short {
			r.outOfMemory()
		}
	})
}

// finish ends a record for a reason of ours.
func (s *Scheduler) finish(ctx context.Context, r *record, state batch.State, reason string) error {
	if err := s.groupOf(r).kill(ctx); err != nil {
		return err
	}
	return s.update(ctx, r.ID, func(r *record) { r.end(state, reason, time.Now()) })
}

// groupOf is the job's control group, which may be gone or never have been.
func (s *Scheduler) groupOf(r *record) group {
	if r.Group != "" {
		return r.Group // another gateway's
	}
	return s.groups.of(r.ID)
}

// update changes one record, if the job has not ended meanwhile, and does what
// follows from the change.
func (s *Scheduler) update(ctx context.Context, id batch.JobID, fn func(*record)) error {
	var before phase
	var after *record
	err := s.store.change(ctx, func(records []*record) error {
		r := pick(records, id)
		if r == nil {
			return nil
		}
		before, after = r.Phase, r
		fn(r)
		if r.Phase == before {
			return nil
		}
		if err := s.store.put(r); err != nil {
			return err
		}
		return s.store.dropScript(id) // it runs, or never will
	})
	if err != nil || after == nil || after.Phase == before {
		return err
	}
	switch {
	case after.Phase == ended:
		s.groupOf(after).remove()
		s.poke() // somebody may be next
		s.forget(ctx, after)
	case !after.CancelledAt.IsZero():
		return s.end(ctx, after, false) // it was cancelled while it was being started
	}
	return nil
}

// forget has the job's directory removed. One that stays does no harm.
func (s *Scheduler) forget(ctx context.Context, r *record) {
	if r.Process == (supervisor.Process{}) {
		return // there is none, or only a note that it was cancelled
	}
	if _, err := s.ask(ctx, r.Owner, supervisor.Forget, s.about(r.Owner, r.ID)); err != nil {
		s.cfg.Log.Debug("a local job's directory stays", "job", r.ID, "err", err)
	}
}

// apply brings the record to what the supervisor's report proves.
func (r *record) apply(report supervisor.Report, boot string, now time.Time) {
	if r.StartedAt.IsZero() && report.Process != (supervisor.Process{}) {
		r.Process, r.StartedAt = report.Process, between(r.GivenAt, report.Started, now)
	}
	switch report.State {
	case supervisor.Running:
		r.Phase = running
	case supervisor.Ended:
		if report.Exit != nil {
			r.endWith(*report.Exit, now)
		}
	case supervisor.Vanished:
		r.vanished(boot, now)
	case supervisor.Absent:
		if r.Phase == running { // it was seen, and its directory is gone
			r.vanished(boot, now)
		}
	}
}

// between keeps a time within what it can be: it is the owner's file that says it.
func between(from, at, to time.Time) time.Time {
	switch {
	case at.Before(from):
		return from
	case at.After(to):
		return to
	}
	return at
}

// vanished ends a job whose supervisor is gone without a word.
func (r *record) vanished(boot string, now time.Time) {
	switch {
	case r.Process.Boot != boot:
		r.end(batch.NodeFail, "the machine was restarted", now)
	case !r.CancelledAt.IsZero():
		r.end(batch.Cancelled, "", now)
	default:
		r.end(batch.Failed, "its supervisor was killed", now)
		r.Signal = int(syscall.SIGKILL)
	}
}
