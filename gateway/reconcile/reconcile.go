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
	stops    map[session.ID]stop      // of sessions that are Stopping
	unnamed  map[session.ID]time.Time // cancelled by nobody knows whom, since
	unlinked map[session.ID]time.Time // connected says the row, and not here, since
	compared map[string]bool          // clusters that have answered to this process
	down     map[string]bool          // clusters that did not answer the last time
	searched time.Time                // last search for orphans
}

// New makes a Reconciler.
func New(c Config) *Reconciler {
	c.Patience = c.Patience.withDefaults()
	return &Reconciler{
		Config: c, stops: map[session.ID]stop{}, unnamed: map[session.ID]time.Time{},
		unlinked: map[session.ID]time.Time{}, compared: map[string]bool{}, down: map[string]bool{},
	}
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
	if search && err == nil { // a cluster that was down is searched when it is back
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
	errs := []error{o.links()} // first: a live agent is evidence
	for _, name := range slices.Sorted(maps.Keys(byCluster)) {
		errs = append(errs, o.cluster(name, byCluster[name]))
	}
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

// cluster compares the sessions of one cluster, and notes whether it answered.
func (o *round) cluster(name string, sessions []session.Session) error {
	o.asked, o.silent = false, nil
	err := o.sessions(name, sessions)
	down := o.silent != nil
	switch {
	case down:
		o.report.Down = append(o.report.Down, name)
		o.Log.Warn("the scheduler does not answer; nothing is concluded from that", "cluster", name, "err", o.silent)
	case o.asked:
		o.report.Answered = append(o.report.Answered, name)
	}
	if !o.dry {
		o.down[name] = down
		o.compared[name] = o.compared[name] || !down
	}
	return err
}

// sessions compares the sessions of one cluster.
func (o *round) sessions(name string, sessions []session.Session) error {
	scheduler, ok := o.Schedulers[name]
	if !ok {
		o.Log.Error("sessions on a cluster that is not configured", "cluster", name, "sessions", len(sessions))
		return nil
	}
	seen, err := o.ask(scheduler, sessions)
	if err != nil {
		return o.answered(err)
	}
	var errs []error
	for _, s := range sessions {
		if s.JobID == "" && o.silent != nil {
			continue // it would have to be searched for, and nobody answers
		}
		after, err := o.session(scheduler, s, seen)
		if o.answered(err) != nil {
			errs = append(errs, fmt.Errorf("session %s: %w", s.ID, err))
			continue
		}
		if err == nil && after.State != s.State && !o.dry {
			o.report.Changed++
			o.Log.Info("session moved", "session", s.ID, "from", s.State, "to", after.State, "job", after.JobID, "reason", after.Reason)
		}
	}
	// One that was silent is asked, so that it is known when it answers again.
	search := o.search || !o.dry && o.down[name]
	if search && o.silent == nil {
		errs = append(errs, o.answered(o.orphans(name, scheduler)))
	}
	return errors.Join(errs...)
}

// forget drops notes about sessions that have ended.
func (r *Reconciler) forget(live []session.Session) {
	alive := make(map[session.ID]bool, len(live))
	for _, s := range live {
		alive[s.ID] = true
	}
	maps.DeleteFunc(r.stops, func(id session.ID, _ stop) bool { return !alive[id] })
	maps.DeleteFunc(r.unnamed, func(id session.ID, _ time.Time) bool { return !alive[id] })
	maps.DeleteFunc(r.unlinked, func(id session.ID, _ time.Time) bool { return !alive[id] })
}
