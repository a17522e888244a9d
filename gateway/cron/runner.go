package cron

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"sync"
	"time"
)

// Config sets a Runner up. Done may be nil.
type Config struct {
	Jobs    []Job
	Store   Store
	Zone    *time.Location // of the schedules
	Replica string         // who runs, for the record
	// Done is told of every run that has ended. It returns soon.
	Done func(Run)
	Log  *slog.Logger
}

// Runner runs jobs. Safe for concurrent use.
type Runner struct {
	Config
	tasks  []*task
	byName map[string]*task
	look   chan struct{} // poked when runs may have been asked for
}

// task is a job with what a Runner knows of it.
type task struct {
	Job
	schedule Schedule
	wake     chan struct{} // poked: run now
	seen     time.Time     // when the latest request that was seen was made

	mu       sync.Mutex
	asked    bool     // by a person, since the last run
	standing Standing // in this process
}

var jobName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$`)

// New checks the jobs. It starts nothing.
func New(c Config) (*Runner, error) {
	r := &Runner{Config: c, byName: map[string]*task{}, look: make(chan struct{}, 1)}
	for _, j := range c.Jobs {
		schedule, err := Parse(j.Spec, c.Zone)
		switch {
		case err != nil:
			return nil, fmt.Errorf("job %s: %w", j.Name, err)
		case !jobName.MatchString(j.Name) || r.byName[j.Name] != nil || j.Run == nil:
			return nil, fmt.Errorf("job %q: no name, there twice, or without work", j.Name)
		}
		t := &task{Job: j, schedule: schedule, wake: make(chan struct{}, 1)}
		r.tasks = append(r.tasks, t)
		r.byName[j.Name] = t
	}
	return r, nil
}

// Lead runs the leader's jobs until ctx ends and the runs under way have
// returned. Call it where only one process does at a time.
func (r *Runner) Lead(ctx context.Context) {
	standings, ok := r.standings(ctx)
	if !ok {
		return
	}
	var group sync.WaitGroup
	defer group.Wait()
	for _, t := range r.tasks {
		if t.Everywhere {
			continue
		}
		drain(t.wake) // of the time before
		t.seen = time.Time{}
		t.set(standings[t.Name])
		due := r.firstDue(ctx, t)
		group.Go(func() { r.loop(ctx, t, due) })
	}
	poke(r.look)
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.look:
			r.lookForAsked(ctx)
		}
	}
}

// Everywhere runs the jobs that every gateway has for itself, until ctx ends and
// they have returned. Each runs at once, and then by its schedule.
func (r *Runner) Everywhere(ctx context.Context) {
	var group sync.WaitGroup
	defer group.Wait()
	for _, t := range r.tasks {
		if t.Everywhere {
			group.Go(func() { r.loop(ctx, t, time.Now()) })
		}
	}
}

// Poke makes a job run now, or once more right after the run under way, if this
// process is the one that runs it. Pokes while one is pending are one.
func (r *Runner) Poke(job string) {
	if t := r.byName[job]; t != nil {
		poke(t.wake)
	}
}

// Asked says that somebody asked for a run of the job, with "" perhaps of any.
// Call it when the store announces that.
func (r *Runner) Asked(job string) {
	if t := r.byName[job]; t != nil && t.Everywhere {
		poke(t.wake)
		return
	}
	poke(r.look)
}

// lookForAsked starts what was asked for.
func (r *Runner) lookForAsked(ctx context.Context) {
	requests, err := r.Store.AskedCron(ctx)
	if err != nil {
		r.complain(ctx, "cannot see which jobs were asked for", "", err)
		pause(ctx)
		poke(r.look)
		return
	}
	for _, q := range requests {
		if t := r.byName[q.Job]; t != nil && !t.Everywhere && t.seen.Before(q.At) {
			t.seen = q.At // it may be there for a moment longer
			t.setAsked(true)
			poke(t.wake)
		}
	}
}

// standings reads what is known of the jobs, and does not give up before ctx
// ends.
func (r *Runner) standings(ctx context.Context) (map[string]Standing, bool) {
	for {
		standings, err := r.Store.StandingsCron(ctx)
		if err == nil {
			return standings, true
		}
		r.complain(ctx, "cannot see what ran", "", err)
		pause(ctx)
		if ctx.Err() != nil {
			return nil, false
		}
	}
}

func (r *Runner) complain(ctx context.Context, what, job string, err error) {
	if ctx.Err() == nil {
		r.Log.Error("cron: "+what, "job", job, "err", err)
	}
}

// patience is the time between two tries at what failed.
const patience = time.Second

// pause waits a little before another try.
func pause(ctx context.Context) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func drain(c <-chan struct{}) {
	select {
	case <-c:
	default:
	}
}
