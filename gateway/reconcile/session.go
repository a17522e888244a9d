package reconcile

import (
	"fmt"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
)

// session deals with one session.
func (o *round) session(scheduler batch.Scheduler, s session.Session, seen seen) (session.Session, error) {
	if s.JobID == "" {
		return o.find(scheduler, s)
	}
	if job, ok := seen.queue[s.JobID]; ok {
		job, complete := o.named(s, job, seen)
		if !complete {
			return s, nil // the next round asks again
		}
		return o.observe(s, job, session.FromQueue)
	}
	o.report.Missing++
	if job, ok := seen.past[s.JobID]; ok {
		return o.observe(s, job, session.FromAccounting)
	}
	if seen.history == historySilent {
		o.add(o.drift(RowWithoutJob, s, fmt.Sprintf("the queue does not report job %s, and accounting does not answer", s.JobID)))
		return s, nil
	}
	d := o.drift(RowWithoutJob, s, fmt.Sprintf("neither queue nor accounting reports job %s", s.JobID))
	if o.dry {
		o.add(d)
		return s, nil
	}
	patience := o.Patience.Lost
	if after, ok := o.LostAfter[s.Cluster]; ok {
		patience.For = after
	}
	after, err := o.Lifecycle.Missing(o.ctx, s, patience)
	if err == nil && after.State == session.Ended {
		d.Repair = "ended as lost: " + after.Detail
	}
	o.add(d)
	return after, err
}

// observe tells the session what is reported of its job.
func (o *round) observe(s session.Session, job batch.Job, from session.Source) (session.Session, error) {
	to := o.Lifecycle.Preview(s, job, from)
	if to != s.State {
		d := o.drift(WrongState, s, fmt.Sprintf("the session is %s, its job %s", s.State, job.State))
		d.Repair = "moved to " + string(to)
		o.add(d)
	}
	if o.dry {
		if to != s.State {
			o.report.Changed++
		}
		return s, nil
	}
	after, err := o.Lifecycle.Observe(o.ctx, s, job, from)
	if err == nil && after.State == session.Stopping && o.cancelDue(after, job, s.State == session.Stopping) {
		o.Lifecycle.Recancel(o.ctx, after)
	}
	return after, err
}

// find looks for the job of a session that has none on record: its submission
// was interrupted, or nobody knows how it ended.
func (o *round) find(scheduler batch.Scheduler, s session.Session) (session.Session, error) {
	if s.State == session.Requested && o.Now().Sub(s.CreatedAt) < o.Patience.Submit {
		return s, nil // it may still be under way
	}
	o.asked = true
	jobs, err := scheduler.Find(o.ctx, s.Owner, s.Tag(o.Installation))
	if err != nil {
		return s, err
	}
	for _, job := range jobs {
		if job.Owner == s.Owner {
			return o.adopt(s, job)
		}
	}
	d := o.drift(RowWithoutJob, s, "no job was ever stored for it, and none carries its tag")
	if o.dry {
		o.add(d)
		return s, nil
	}
	after, err := o.Lifecycle.Unfound(o.ctx, s, o.Patience.Unfound)
	if err == nil && after.State == session.Ended {
		d.Repair = "ended: " + after.Detail
	}
	o.add(d)
	return after, err
}

// adopt gives a session the job that its interrupted launch has made.
func (o *round) adopt(s session.Session, job batch.Job) (session.Session, error) {
	d := o.drift(RowWithoutJob, s, fmt.Sprintf("job %s carries its tag and was never stored", job.ID))
	d.Job, d.Repair = job.ID, "adopted"
	if s.State == session.Stopping {
		d.Repair = "cancelled: its launch was given up"
	}
	o.add(d)
	if o.dry {
		return s, nil
	}
	after, err := o.Lifecycle.Observe(o.ctx, s, job, session.FromQueue)
	if err == nil && after.State == session.Stopping {
		o.stops[s.ID] = stop{seen: o.Now(), cancelled: o.Now()}
		o.Lifecycle.Recancel(o.ctx, after)
	}
	return after, err
}

func (o *round) drift(kind Kind, s session.Session, text string) Drift {
	return Drift{Kind: kind, Cluster: s.Cluster, Session: s.ID, Job: s.JobID, Owner: s.Owner, Text: text}
}
