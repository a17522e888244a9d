package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
)

// Reconciler compares rows with schedulers and agents.
type Reconciler struct {
	Config
	cancelled map[session.ID]time.Time // last cancel, so that it is not repeated each round
	searched  time.Time                // last search for orphans
}

// New makes a Reconciler.
func New(c Config) *Reconciler {
	c.Patience = c.Patience.withDefaults()
	return &Reconciler{Config: c, cancelled: map[session.ID]time.Time{}}
}

// Report is what one round saw and did.
type Report struct {
	At       time.Time `json:"at"`
	Dry      bool      `json:"dry_run"`
	Sessions int       `json:"sessions"` // live ones looked at
	Changed  int       `json:"changed"`  // whose state moved, or would
	Missing  int       `json:"missing"`  // jobs not reported by the queue
	Searched bool      `json:"searched"` // for jobs that no session knows of
	Down     []string  `json:"down"`     // clusters that did not answer
	Answered []string  `json:"answered"` // clusters that did; one without jobs may not have been asked
	Drift    []Drift   `json:"drift"`
}

// RunOnce compares every live session with its cluster and its agent, once, and
// repairs what it may. An error is of the database; a scheduler's failure is in
// the report.
func (r *Reconciler) RunOnce(ctx context.Context) (Report, error) {
	now := r.Now()
	search := now.Sub(r.searched) >= r.Patience.Orphan
	report, err := r.compare(ctx, false, search)
	if search && err == nil && len(report.Down) == 0 {
		r.searched = now
	}
	if err == nil && r.Done != nil {
		r.Done(report)
	}
	return report, err
}

// Check is RunOnce with every search and without any repair. Unlike RunOnce it
// may be called while other calls are under way.
func (r *Reconciler) Check(ctx context.Context) (Report, error) { return r.compare(ctx, true, true) }

// round is one comparison under way.
type round struct {
	*Reconciler
	ctx    context.Context
	dry    bool
	search bool
	asked  bool  // the cluster at hand was asked something
	silent error // and did not answer
	live   []session.Session
	report Report
}

func (r *Reconciler) compare(ctx context.Context, dry, search bool) (Report, error) {
	o := &round{Reconciler: r, ctx: ctx, dry: dry, search: search, report: Report{At: r.Now(), Dry: dry, Searched: search}}
	var err error
	if o.live, err = r.Store.List(ctx, session.Filter{Live: true}); err != nil {
		return o.report, fmt.Errorf("reconcile: %w", err)
	}
	o.report.Sessions = len(o.live)
	byCluster := map[string][]session.Session{}
	for name := range r.Schedulers {
		byCluster[name] = nil
	}
	for _, s := range o.live {
		byCluster[s.Cluster] = append(byCluster[s.Cluster], s)
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(byCluster)) {
		o.asked, o.silent = false, nil
		errs = append(errs, o.cluster(name, byCluster[name]))
		switch {
		case o.silent != nil:
			o.report.Down = append(o.report.Down, name)
			r.Log.Warn("the scheduler does not answer; nothing is concluded from that", "cluster", name, "err", o.silent)
		case o.asked:
			o.report.Answered = append(o.report.Answered, name)
		}
	}
	errs = append(errs, o.links())
	if !dry {
		r.forget(o.live)
	}
	return o.report, errors.Join(errs...)
}

// answered takes a scheduler's silence out of the errors: it is in the report.
func (o *round) answered(err error) error {
	if errors.Is(err, batch.ErrUnavailable) {
		o.silent = err
		return nil
	}
	return err
}

// cluster compares the sessions of one cluster.
func (o *round) cluster(name string, sessions []session.Session) error {
	scheduler, ok := o.Schedulers[name]
	if !ok {
		o.Log.Error("sessions on a cluster that is not configured", "cluster", name, "sessions", len(sessions))
		return nil
	}
	jobs, past, err := o.ask(scheduler, sessions)
	if err != nil {
		return o.answered(err)
	}
	var errs []error
	for _, s := range sessions {
		if s.JobID == "" && o.silent != nil {
			continue // it would have to be searched for, and nobody answers
		}
		after, err := o.session(scheduler, s, jobs, past)
		if o.answered(err) != nil {
			errs = append(errs, fmt.Errorf("session %s: %w", s.ID, err))
			continue
		}
		if err == nil && after.State != s.State && !o.dry {
			o.report.Changed++
			o.Log.Info("session moved", "session", s.ID, "from", s.State, "to", after.State, "job", after.JobID, "reason", after.Reason)
		}
	}
	if o.search && o.silent == nil {
		errs = append(errs, o.answered(o.orphans(name, scheduler)))
	}
	return errors.Join(errs...)
}

// ask asks the queue about every job, and accounting about those that the queue
// does not report: one command each.
func (o *round) ask(scheduler batch.Scheduler, sessions []session.Session) (jobs, past map[batch.JobID]batch.Job, err error) {
	var ids, missing []batch.JobID
	for _, s := range sessions {
		if s.JobID != "" {
			ids = append(ids, s.JobID)
		}
	}
	if len(ids) == 0 {
		return nil, nil, nil
	}
	o.asked = true
	if jobs, err = scheduler.Jobs(o.ctx, ids); err != nil {
		return nil, nil, err
	}
	for _, id := range ids {
		if _, ok := jobs[id]; !ok {
			missing = append(missing, id)
		}
	}
	keeper, ok := scheduler.(batch.History)
	if !ok || len(missing) == 0 {
		return jobs, nil, nil
	}
	past, err = keeper.Finished(o.ctx, missing)
	if errors.Is(err, batch.ErrNoHistory) {
		return jobs, nil, nil
	}
	return jobs, past, err
}

// forget drops notes about sessions that have ended.
func (r *Reconciler) forget(live []session.Session) {
	alive := make(map[session.ID]bool, len(live))
	for _, s := range live {
		alive[s.ID] = true
	}
	maps.DeleteFunc(r.cancelled, func(id session.ID, _ time.Time) bool { return !alive[id] })
}
