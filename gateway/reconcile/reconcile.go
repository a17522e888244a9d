package reconcile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
)

// Lifecycle is what the reconciler tells its observations to.
type Lifecycle interface {
	Observe(ctx context.Context, id session.ID, job batch.Job, from session.Source) (session.Session, error)
	Missing(ctx context.Context, id session.ID, p session.Patience) (session.Session, error)
	Unfound(ctx context.Context, id session.ID, p session.Patience) (session.Session, error)
	Recancel(ctx context.Context, s session.Session)
}

// Store is what the reconciler reads.
type Store interface {
	List(ctx context.Context, f session.Filter) ([]session.Session, error)
}

// Config sets a Reconciler up.
type Config struct {
	Store        Store
	Lifecycle    Lifecycle
	Schedulers   map[string]batch.Scheduler // by cluster
	Installation string
	Patience     Patience
	Now          func() time.Time
	Log          *slog.Logger
}

// Patience says how long things may be uncertain.
type Patience struct {
	// Lost: unreported by queue and accounting, before a session is lost.
	Lost session.Patience
	// Unfound: no job with the session's tag, before a launch that was
	// interrupted is taken to have started nothing.
	Unfound session.Patience
	// Submit is how long a submission may take before its session is looked up
	// by tag.
	Submit time.Duration
	// Cancel is how long a cancelled job may live before it is cancelled again.
	Cancel time.Duration
}

// DefaultPatience is used for whatever is zero.
var DefaultPatience = Patience{
	Lost:    session.Patience{For: 10 * time.Minute, Polls: 5},
	Unfound: session.Patience{For: 15 * time.Second, Polls: 3},
	Submit:  time.Minute,
	Cancel:  20 * time.Second,
}

// Reconciler compares rows with schedulers.
type Reconciler struct {
	Config
	cancelled map[session.ID]time.Time // last cancel, so that it is not repeated each round
}

// New makes a Reconciler.
func New(c Config) *Reconciler {
	if c.Patience == (Patience{}) {
		c.Patience = DefaultPatience
	}
	return &Reconciler{Config: c, cancelled: map[session.ID]time.Time{}}
}

// Report is what one round saw and did.
type Report struct {
	At       time.Time
	Sessions int      // live ones looked at
	Changed  int      // whose state moved
	Missing  int      // jobs not reported by the queue
	Foreign  int      // jobs that carry a session's tag and belong to somebody else
	Down     []string // clusters that did not answer
}

// RunOnce compares every live session with its cluster, once. An error is of
// the database; a scheduler's failure is in the report.
func (r *Reconciler) RunOnce(ctx context.Context) (Report, error) {
	report := Report{At: r.Now()}
	live, err := r.Store.List(ctx, session.Filter{Live: true})
	if err != nil {
		return report, fmt.Errorf("reconcile: %w", err)
	}
	report.Sessions = len(live)
	byCluster := map[string][]session.Session{}
	for _, s := range live {
		byCluster[s.Cluster] = append(byCluster[s.Cluster], s)
	}
	var errs []error
	for cluster, sessions := range byCluster {
		scheduler, ok := r.Schedulers[cluster]
		if !ok {
			r.Log.Error("sessions on a cluster that is not configured", "cluster", cluster, "sessions", len(sessions))
			continue
		}
		err := r.cluster(ctx, scheduler, sessions, &report)
		if errors.Is(err, batch.ErrUnavailable) {
			report.Down = append(report.Down, cluster)
			r.Log.Warn("the scheduler does not answer; nothing was changed", "cluster", cluster, "err", err)
			continue
		}
		errs = append(errs, err)
	}
	r.forget(live)
	return report, errors.Join(errs...)
}

// cluster compares the sessions of one cluster.
func (r *Reconciler) cluster(ctx context.Context, scheduler batch.Scheduler, sessions []session.Session, report *Report) error {
	var ids []batch.JobID
	for _, s := range sessions {
		if s.JobID != "" {
			ids = append(ids, s.JobID)
		}
	}
	jobs := map[batch.JobID]batch.Job{}
	if len(ids) > 0 {
		var err error
		if jobs, err = scheduler.Jobs(ctx, ids); err != nil {
			return err
		}
	}
	past, err := r.history(ctx, scheduler, sessions, jobs)
	if err != nil {
		return err
	}
	var errs []error
	for _, s := range sessions {
		after, err := r.one(ctx, scheduler, s, jobs, past, report)
		if err != nil && !errors.Is(err, batch.ErrUnavailable) {
			errs = append(errs, fmt.Errorf("session %s: %w", s.ID, err))
			continue
		}
		if err == nil && after.State != s.State {
			report.Changed++
			r.Log.Info("session moved", "session", s.ID, "from", s.State, "to", after.State, "job", after.JobID, "reason", after.Reason)
		}
	}
	return errors.Join(errs...)
}

// history asks accounting, once, about the jobs that the queue does not report.
func (r *Reconciler) history(ctx context.Context, scheduler batch.Scheduler, sessions []session.Session, jobs map[batch.JobID]batch.Job) (map[batch.JobID]batch.Job, error) {
	keeper, ok := scheduler.(batch.History)
	if !ok {
		return nil, nil
	}
	var ids []batch.JobID
	for _, s := range sessions {
		if _, reported := jobs[s.JobID]; s.JobID != "" && !reported {
			ids = append(ids, s.JobID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	past, err := keeper.Finished(ctx, ids)
	if errors.Is(err, batch.ErrNoHistory) {
		return nil, nil
	}
	return past, err
}

// one deals with one session.
func (r *Reconciler) one(ctx context.Context, scheduler batch.Scheduler, s session.Session, jobs, past map[batch.JobID]batch.Job, report *Report) (session.Session, error) {
	if s.JobID == "" {
		return r.find(ctx, scheduler, s, report)
	}
	if job, ok := jobs[s.JobID]; ok {
		return r.observe(ctx, s, job, session.FromQueue)
	}
	report.Missing++
	if job, ok := past[s.JobID]; ok {
		return r.observe(ctx, s, job, session.FromAccounting)
	}
	return r.Lifecycle.Missing(ctx, s.ID, r.Patience.Lost)
}

func (r *Reconciler) observe(ctx context.Context, s session.Session, job batch.Job, from session.Source) (session.Session, error) {
	after, err := r.Lifecycle.Observe(ctx, s.ID, job, from)
	if err == nil && after.State == session.Stopping {
		if last := r.cancelled[s.ID]; last.IsZero() {
			r.cancelled[s.ID] = r.Now() // Stop itself has just cancelled it
		} else if r.Now().Sub(last) > r.Patience.Cancel {
			r.cancelled[s.ID] = r.Now()
			r.Lifecycle.Recancel(ctx, after)
		}
	}
	return after, err
}

// find looks for the job of a session that has none on record: its submission
// was interrupted, or nobody knows how it ended.
func (r *Reconciler) find(ctx context.Context, scheduler batch.Scheduler, s session.Session, report *Report) (session.Session, error) {
	if s.State == session.Requested && r.Now().Sub(s.CreatedAt) < r.Patience.Submit {
		return s, nil
	}
	jobs, err := scheduler.Find(ctx, s.Owner, s.Tag(r.Installation))
	if err != nil {
		return s, err
	}
	for _, job := range jobs {
		if job.Owner != s.Owner {
			report.Foreign++
			continue
		}
		r.Log.Info("found the job of an interrupted launch", "session", s.ID, "job", job.ID)
		after, err := r.Lifecycle.Observe(ctx, s.ID, job, session.FromQueue)
		if err == nil && after.State == session.Stopping {
			r.Lifecycle.Recancel(ctx, after)
		}
		return after, err
	}
	return r.Lifecycle.Unfound(ctx, s.ID, r.Patience.Unfound)
}

// forget drops notes about sessions that have ended.
func (r *Reconciler) forget(live []session.Session) {
	alive := make(map[session.ID]bool, len(live))
	for _, s := range live {
		alive[s.ID] = true
	}
	for id := range r.cancelled {
		if !alive[id] {
			delete(r.cancelled, id)
		}
	}
}
