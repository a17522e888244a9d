package cron

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// ErrNoJob means that there is no job of that name.
var ErrNoJob = errors.New("there is no such job")

// ErrElsewhere means that another process runs the job.
var ErrElsewhere = errors.New("it runs elsewhere")

// settling bounds what is written after a run, which is written even if the run
// was told to end.
const settling = 5 * time.Second

// RunNow runs a job in this process, for whoever asks, and returns when it is
// over. If it runs elsewhere that is waited for, for so long.
func (r *Runner) RunNow(ctx context.Context, job, askedBy string, wait time.Duration) (Run, error) {
	t := r.byName[job]
	if t == nil {
		return Run{}, fmt.Errorf("%w: %q", ErrNoJob, job)
	}
	standings, err := r.Store.StandingsCron(ctx)
	if err != nil {
		return Run{}, err
	}
	t.set(standings[job])
	for until := time.Now().Add(wait); ; {
		run, err := r.once(ctx, t, time.Now(), askedBy)
		if err != nil || run.Job != "" {
			return run, err
		}
		if !time.Now().Before(until) {
			return run, fmt.Errorf("job %s: %w", job, ErrElsewhere)
		}
		pause(ctx)
		if ctx.Err() != nil {
			return run, fmt.Errorf("job %s: %w: %w", job, ErrElsewhere, context.Cause(ctx))
		}
	}
}

// once runs the job if nobody else does: a Run without a Job is none. An error
// is the store's, before the run.
func (r *Runner) once(ctx context.Context, t *task, due time.Time, askedBy string) (Run, error) {
	run := Run{Job: t.Name, Replica: r.Replica, Due: due, Started: time.Now(), Outcome: Running, AskedBy: askedBy}
	keep := !t.Often || askedBy != ""
	if !t.Everywhere {
		release, got, err := r.Store.LockCron(ctx, t.Name)
		if err != nil || !got {
			return Run{}, err
		}
		defer release()
		if asked := t.setAsked(false); asked || keep {
			keep = true
			if run, err = r.Store.BeginCron(ctx, run); err != nil {
				t.setAsked(asked)
				return Run{}, err
			}
		}
	}
	detail, err := r.do(ctx, t)
	run.Finished = time.Now()
	run.Outcome, run.Detail = judge(ctx, detail, err)
	r.settle(ctx, t, run, keep)
	return run, nil
}

// do calls the job's work.
func (r *Runner) do(ctx context.Context, t *task) (detail string, err error) {
	ctx, cancel := context.WithTimeout(ctx, t.deadline())
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			r.Log.Error("cron: panic", "job", t.Name, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	detail, err = t.Run(ctx)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("it took longer than %s: %w", t.deadline(), err)
	}
	return detail, err
}

func judge(ctx context.Context, detail string, err error) (Outcome, string) {
	switch {
	case err == nil:
		return OK, detail
	case ctx.Err() != nil:
		return CutOff, "the gateway ended, or another one leads now"
	case detail != "":
		return Failed, detail + "; " + err.Error()
	}
	return Failed, err.Error()
}

// settle notes what came of a run.
func (r *Runner) settle(ctx context.Context, t *task, run Run, keep bool) {
	s := t.known()
	s.Last, s.SpecThen = run, t.Spec
	s.Next = t.schedule.after(run.Started, run.Finished)
	if run.Outcome == OK {
		s.LastOK, s.Failures = run.Finished, 0
	} else {
		s.Failures++
		level := r.Log.Error
		if run.Outcome == CutOff {
			level = r.Log.Info
		}
		level("cron: a job did not end well", "job", t.Name, "outcome", run.Outcome, "detail", run.Detail)
	}
	if !t.Everywhere {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settling)
		defer cancel()
		if !keep && s.Failures == 1 { // the first that goes wrong is worth a row
			if noted, err := r.Store.BeginCron(ctx, run); err == nil {
				run.ID, s.Last.ID = noted.ID, noted.ID
			}
		}
		if err := r.Store.EndCron(ctx, run, s); err != nil {
			r.complain(ctx, "a run is not noted", t.Name, err)
		}
	}
	t.set(s)
	if r.Done != nil {
		r.Done(run)
	}
}
