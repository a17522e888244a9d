package reconcile

import (
	"errors"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
)

// seen is what a cluster has said in one round.
type seen struct {
	queue   map[batch.JobID]batch.Job
	past    map[batch.JobID]batch.Job
	history history
}

// history is what accounting did.
type history int

const (
	noHistory     history = iota // the cluster has none
	historySaid                  // it was asked what there was to ask, and answered
	historySilent                // it does not answer
)

// ask asks the queue about every job, and accounting about those that the queue
// does not report and those that somebody has cancelled: one command each.
func (o *round) ask(scheduler batch.Scheduler, sessions []session.Session) (seen, error) {
	var ids, ended []batch.JobID
	for _, s := range sessions {
		if s.JobID != "" {
			ids = append(ids, s.JobID)
		}
	}
	if len(ids) == 0 {
		return seen{}, nil
	}
	o.asked = true
	jobs, err := scheduler.Jobs(o.ctx, ids)
	if err != nil {
		return seen{}, err
	}
	for _, s := range sessions {
		if job, ok := jobs[s.JobID]; s.JobID != "" && (!ok || cancelledOutside(s, job)) {
			ended = append(ended, s.JobID)
		}
	}
	past, history, err := o.askHistory(scheduler, ended)
	return seen{queue: jobs, past: past, history: history}, err
}

func (o *round) askHistory(scheduler batch.Scheduler, ids []batch.JobID) (map[batch.JobID]batch.Job, history, error) {
	keeper, ok := scheduler.(batch.History)
	if !ok {
		return nil, noHistory, nil
	}
	if len(ids) == 0 {
		return nil, historySaid, nil
	}
	past, err := keeper.Finished(o.ctx, ids)
	switch {
	case errors.Is(err, batch.ErrNoHistory):
		return nil, noHistory, nil
	case errors.Is(err, batch.ErrUnavailable):
		o.Log.Warn("accounting does not answer; jobs that the queue does not report wait for it", "jobs", len(ids), "err", err)
		return nil, historySilent, nil
	}
	return past, historySaid, err
}

// cancelledOutside reports a cancelled job of a session that nobody has asked
// to stop. The queue does not say who cancelled it.
func cancelledOutside(s session.Session, job batch.Job) bool {
	return job.State == batch.Cancelled && job.CancelledBy == "" && s.StopReason == ""
}

// named adds to a cancelled job who did it, from accounting. It reports false
// as long as that may still come.
func (o *round) named(s session.Session, job batch.Job, seen seen) (batch.Job, bool) {
	if !cancelledOutside(s, job) {
		return job, true
	}
	if job.CancelledBy = seen.past[job.ID].CancelledBy; job.CancelledBy != "" || seen.history == noHistory || o.dry {
		return job, true
	}
	since, known := o.unnamed[s.ID]
	if !known {
		since = o.Now()
		o.unnamed[s.ID] = since
	}
	return job, o.Now().Sub(since) >= o.Patience.Who
}

// stop is what this process knows of a Stopping session.
type stop struct {
	seen      time.Time // first
	cancelled time.Time // last, by this process
}

// settle is how long whoever stopped a session without an agent may take for
// the cancel that belongs to it.
const settle = 10 * time.Second

// cancelDue says whether a Stopping session's job, which is reported, should be
// cancelled now: its agent has not ended it, or a cancel was lost. What was
// Stopping before the round may have been left so by a process that is gone.
func (o *round) cancelDue(s session.Session, job batch.Job, before bool) bool {
	if job.State == batch.Completing || job.State.Phase() == batch.PhaseFinished {
		return false
	}
	now := o.Now()
	last, known := o.stops[s.ID]
	if !known {
		last.seen = now
	}
	wait, since := settle, last.seen
	switch {
	case !last.cancelled.IsZero():
		wait, since = o.Patience.Cancel, last.cancelled
	case !known && before && o.Leader && !o.compared[s.Cluster]:
		wait = 0
	case !s.AgentSince.IsZero():
		wait = o.Patience.Polite
	}
	due := now.Sub(since) >= wait
	if due {
		last.cancelled = now
	}
	o.stops[s.ID] = last
	return due
}
