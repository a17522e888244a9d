package local

import (
	"context"
	"errors"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/local/supervisor"
)

const (
	lookEvery  = 500 * time.Millisecond // at the processes of jobs
	purgeEvery = time.Hour
	// hiddenEvery is how often a job is asked about whose process we cannot see.
	hiddenEvery = 15 * time.Second
	// overdue is how long after its time limit and grace a job is ended from here:
	// its supervisor may have been stopped by its owner.
	overdue = 30 * time.Second
)

// Run starts jobs whose turn it is and takes note of those that have ended,
// until ctx ends. Jobs go on without it. It may run in several processes.
func (s *Scheduler) Run(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	defer s.work.wait()
	var purged time.Time
	for {
		if err := s.look(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.Error("the records of local jobs cannot be kept", "dir", s.cfg.Dir, "err", err)
		}
		if now := time.Now(); now.Sub(purged) > purgeEvery {
			purged = now
			if err := s.store.purge(now.Add(-s.cfg.KeepFor.Std())); err != nil {
				s.cfg.Log.Warn("old records of local jobs stay", "err", err)
			}
			if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
				s.cfg.Log.Warn("control groups of local jobs stay", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-s.pokes:
		}
	}
}

// look is one round.
func (s *Scheduler) look(ctx context.Context) error {
	records, err := s.store.live()
	if err != nil {
		return err
	}
	for _, r := range records {
		if r.Phase == waiting && !r.Held {
			if records, err = s.assign(ctx); err != nil {
				return err
			}
			break
		}
	}
	now := time.Now()
	for _, r := range records {
		switch {
		case r.Phase == starting:
			s.work.do(ctx, r.ID, func(ctx context.Context) time.Duration { return s.start(ctx, r) })
		case r.Phase != running:
		case !r.Process.Alive():
			s.work.do(ctx, r.ID, func(ctx context.Context) time.Duration { return s.settle(ctx, r) })
		case s.late(r, now):
			s.work.do(ctx, r.ID, func(ctx context.Context) time.Duration { return s.force(ctx, r) })
		}
	}
	return nil
}

// assign gives resources to those who are next.
func (s *Scheduler) assign(ctx context.Context) ([]*record, error) {
	m, err := s.has.machine(ctx)
	if err != nil {
		return nil, err
	}
	var all []*record
	err = s.store.change(ctx, func(records []*record) error {
		all = records
		for _, r := range m.next(records, time.Now()) {
			if err := s.store.put(r); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// late reports whether a job should have ended long ago.
func (s *Scheduler) late(r *record, now time.Time) bool {
	patience := s.cfg.Grace.Std() + overdue
	if !r.CancelledAt.IsZero() && now.Sub(r.CancelledAt) > patience {
		return true
	}
	return r.TimeLimit > 0 && now.Sub(r.StartedAt) > r.TimeLimit.Std()+patience
}

// start has the job started. It may have been already: then this finds out. The
// duration is how long not to try again.
func (s *Scheduler) start(ctx context.Context, r *record) time.Duration {
	m, err := s.has.machine(ctx)
	if err != nil {
		return time.Second
	}
	script, err := s.store.script(r.ID)
	var report supervisor.Report
	if err == nil {
		var own group
		if own, err = s.groups.make(r); err == nil {
			report, err = s.askIn(ctx, own, r.Owner, supervisor.Start, s.order(r, script, len(m.gpus) > 0))
		}
	}
	var no *refusal
	switch {
	case errors.As(err, &no):
		s.cfg.Log.Warn("a local job was not started", "job", r.ID, "owner", r.Owner, "err", err)
		err = s.finish(ctx, r, batch.LaunchFailed, no.text)
	case errors.Is(err, batch.ErrForbidden):
		s.cfg.Log.Warn("a local job was not started", "job", r.ID, "owner", r.Owner, "err", err)
		err = s.finish(ctx, r, batch.LaunchFailed, "the service may not act as this user any more")
	case err == nil:
		err = s.conclude(ctx, r, report)
	}
	if err != nil && ctx.Err() == nil {
		s.cfg.Log.Warn("a local job could not be started yet", "job", r.ID, "owner", r.Owner, "err", err)
		return 5 * time.Second
	}
	return 0
}

// settle asks about a job whose supervisor cannot be seen.
func (s *Scheduler) settle(ctx context.Context, r *record) time.Duration {
	report, err := s.ask(ctx, r.Owner, supervisor.Status, s.about(r.Owner, r.ID))
	var no *refusal
	switch {
	case err == nil && report.State == supervisor.Running: // hidepid in proc(5)
		return hiddenEvery
	case err == nil:
		err = s.conclude(ctx, r, report)
	case (errors.As(err, &no) || errors.Is(err, batch.ErrForbidden)) && supervisor.OthersVisible():
		// Its process is gone for certain; only how it ended cannot be read.
		err = s.finish(ctx, r, batch.Failed, "it has ended, and how it ended cannot be read")
	}
	if err != nil && ctx.Err() == nil {
		s.cfg.Log.Warn("a local job cannot be asked about", "job", r.ID, "owner", r.Owner, "err", err)
		return 5 * time.Second
	}
	return 0
}

// force ends a job that has not ended by itself.
func (s *Scheduler) force(ctx context.Context, r *record) time.Duration {
	s.cfg.Log.Warn("a local job did not end in time and is killed", "job", r.ID, "owner", r.Owner)
	if err := errors.Join(s.end(ctx, r, true), s.groupOf(r).kill(ctx)); err != nil && ctx.Err() == nil {
		s.cfg.Log.Error("a local job cannot be killed", "job", r.ID, "owner", r.Owner, "err", err)
	}
	return hiddenEvery
}
