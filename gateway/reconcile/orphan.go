package reconcile

import (
	"errors"
	"fmt"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
)

// endGrace is how long the job of a session that has ended may take to go.
const endGrace = 30 * time.Second

// orphans looks for jobs that carry our tag and that no session has on record.
func (o *round) orphans(cluster string, scheduler batch.Scheduler) error {
	lister, ok := scheduler.(batch.Tagged)
	if !ok {
		return nil
	}
	o.asked = true
	jobs, err := lister.Tagged(o.ctx, session.TagPrefix(o.Installation))
	if err != nil {
		return err
	}
	var errs []error
	for _, job := range jobs {
		id, ok := session.OfTag(o.Installation, job.Tag)
		if !ok || job.State.Phase() == batch.PhaseFinished || job.State.Phase() == batch.PhaseUnknown || job.State == batch.Completing {
			continue
		}
		errs = append(errs, o.orphan(cluster, scheduler, job, id))
	}
	return errors.Join(errs...)
}

// orphan judges one live job with our tag. The session is read anew: it may
// have been made since the round began.
func (o *round) orphan(cluster string, scheduler batch.Scheduler, job batch.Job, id session.ID) error {
	d := Drift{Cluster: cluster, Session: id, Job: job.ID, Owner: job.Owner}
	s, err := o.Store.Get(o.ctx, id)
	switch {
	case errors.Is(err, session.ErrNotFound):
		d.Kind, d.Text = JobWithoutRow, fmt.Sprintf("job %s carries the tag of a session that is not there", job.ID)
		if o.Orphans != CancelOrphans {
			o.add(d)
			return nil
		}
	case err != nil:
		return err
	case s.Owner != job.Owner:
		d.Kind, d.Text = ForeignTag, fmt.Sprintf("job %s of %s carries the tag of a session of %s", job.ID, job.Owner, s.Owner)
		o.add(d)
		return nil
	case s.State == session.Ended && (s.JobID == job.ID || s.JobID == ""):
		if o.Now().Sub(s.EndedAt) < endGrace {
			return nil
		}
		d.Kind, d.Text = JobWithoutRow, fmt.Sprintf("job %s lives, and its session has ended (%s)", job.ID, s.Reason)
	case s.JobID == job.ID || s.JobID == "":
		return nil // its own; or find will deal with it
	default:
		d.Kind, d.Text = DuplicateJob, fmt.Sprintf("job %s is a second one; the session's is %s", job.ID, s.JobID)
	}
	d.Repair = "cancelled"
	if !o.dry {
		if err := scheduler.Cancel(o.ctx, job.Owner, job.ID); err != nil {
			d.Repair = ""
			o.add(d)
			return fmt.Errorf("job %s: %w", job.ID, err)
		}
	}
	o.add(d)
	return nil
}
