package reconcile_test

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/reconcile"
	"github.com/berth-hpc/berth/gateway/session"
)

// gateway is one of the processes that share a store and a scheduler. Between
// any two things that it does, others may act, and it may die.
type gateway struct {
	*chance
	name      int
	lifecycle *session.Lifecycle
	rounds    *reconcile.Reconciler
	fuse      int                  // steps until it dies; negative: it does not
	agents    map[batch.JobID]bool // connected to it
}

// died is what ends a gateway in the middle of its work, as kill -9 does.
type died struct{ *gateway }

// begin starts the process; what it kept in memory before is gone.
func (g *gateway) begin() {
	g.fuse, g.agents = -1, map[batch.JobID]bool{}
	log := slog.New(slog.DiscardHandler)
	board := session.NewBoard([]string{"demo"}, map[string]session.QueueSource{"demo": g.cluster}, g.now)
	if err := board.Refresh(context.Background(), "demo"); err != nil && !g.down {
		panic(err)
	}
	scheduler := &wire{g}
	g.lifecycle = session.New(session.Options{
		Store: &disk{g}, Logs: g.store, Board: board, Apps: []session.App{{ID: "notebook"}},
		Clusters: map[string]session.Cluster{"demo": {
			Scheduler: scheduler, JobLog: func(context.Context, session.Session) string { return "" },
			Script: func(s session.Session, _ session.App, secret string) ([]byte, error) {
				g.secrets[s.ID] = secret
				return []byte("#!/bin/sh\n"), nil
			},
		}},
		Agents: g, Installation: "test", Now: g.now, Log: log,
	})
	g.rounds = reconcile.New(reconcile.Config{
		Store: &disk{g}, Lifecycle: g.lifecycle, Schedulers: map[string]batch.Scheduler{"demo": scheduler},
		Installation: "test", Now: g.now, Log: log, Links: g, Leader: true,
	})
}

// do makes the gateway do something. If it dies of it, the next one begins.
func (g *gateway) do(work func()) {
	defer func() {
		if r := recover(); r != nil {
			if d, ok := r.(died); !ok || d.gateway != g {
				panic(r)
			}
			g.begin()
		}
	}()
	work()
}

// step is between two things that the gateway does.
func (g *gateway) step() {
	if g.fuse == 0 {
		panic(died{g})
	}
	g.fuse--
	g.meanwhile(g)
}

// Stop implements session.Agents.
func (g *gateway) Stop(id session.ID, _ string) bool {
	g.step()
	told := false
	for job := range g.agents {
		if g.running[job].session == id {
			g.running[job].told, told = true, true
		}
	}
	return told
}

// Links implements reconcile.Links.
func (g *gateway) Links() []reconcile.Link {
	var links []reconcile.Link
	for _, job := range g.jobIDs() {
		if g.agents[job] {
			links = append(links, reconcile.Link{Session: g.running[job].session, Attempt: g.running[job].attempt})
		}
	}
	return links
}

// Sync implements reconcile.Links, as the gateway does.
func (g *gateway) Sync(ctx context.Context, id session.ID) error {
	g.step()
	s := g.rows[id]
	for job := range g.agents {
		a := g.running[job]
		switch {
		case a.session != id:
		case s.State == session.Ended || s.State == session.Stopping:
			a.told = true
		case s.Attempt > a.attempt:
			g.kill(job)
		case s.AgentSince.IsZero():
			return g.lifecycle.AgentConnected(ctx, id, a.attempt)
		}
	}
	return nil
}

// disk is the store as one gateway has it.
type disk struct{ *gateway }

func (d *disk) Create(ctx context.Context, s session.Session, ev session.Evidence, admit limit.Admission) (session.Session, error) {
	d.step()
	made, err := d.store.Create(ctx, s, ev, admit)
	if err == nil {
		d.rows[made.ID] = made
	}
	d.step()
	return made, err
}

func (d *disk) Change(ctx context.Context, s session.Session, ev session.Evidence) (session.Session, error) {
	d.step()
	after, err := d.store.Change(ctx, s, ev)
	if err == nil {
		d.judge(d.rows[s.ID], after)
		d.rows[s.ID] = after
		if d.forgetful > 0 { // written, and the answer is lost
			d.forgetful--
			return session.Session{}, session.ErrStore
		}
	}
	d.step()
	return after, err
}

func (d *disk) Get(ctx context.Context, id session.ID) (session.Session, error) {
	return d.store.Get(ctx, id)
}

func (d *disk) ByName(ctx context.Context, owner, name string) (session.Session, error) {
	return d.store.ByName(ctx, owner, name)
}

func (d *disk) List(ctx context.Context, f session.Filter) ([]session.Session, error) {
	return d.store.List(ctx, f)
}

func (d *disk) Timeline(ctx context.Context, id session.ID) ([]session.Evidence, error) {
	return d.store.Timeline(ctx, id)
}

// wire is the scheduler as one gateway reaches it.
type wire struct{ *gateway }

func (w *wire) Submit(ctx context.Context, owner string, script batch.Script) (batch.JobID, error) {
	w.step()
	submit := func() (batch.JobID, error) {
		id, err := w.cluster.Submit(ctx, owner, script)
		if err == nil {
			w.submitted(id, script.Tag)
		}
		return id, err
	}
	how := w.sbatch
	w.sbatch = answers
	switch how {
	case refuses:
		id, _ := session.OfTag("test", script.Tag)
		w.refused[id] = true
		return "", &batch.Rejected{Field: "account", Reason: "no such account"}
	case fails:
		return "", batch.ErrUnavailable
	case comesLate:
		w.late = append(w.late, func() { _, _ = submit() })
		return "", batch.ErrUnavailable
	case losesAnswer:
		_, err := submit()
		w.step()
		if err == nil {
			err = fmt.Errorf("the answer was lost: %w", batch.ErrUnavailable)
		}
		return "", err
	case answers:
	}
	id, err := submit()
	w.step()
	return id, err
}

func (w *wire) Jobs(ctx context.Context, ids []batch.JobID) (map[batch.JobID]batch.Job, error) {
	jobs, err := w.cluster.Jobs(ctx, ids)
	w.step()
	return jobs, err
}

func (w *wire) Find(ctx context.Context, owner, tag string) ([]batch.Job, error) {
	jobs, err := w.cluster.Find(ctx, owner, tag)
	w.step()
	return jobs, err
}

func (w *wire) Tagged(ctx context.Context, prefix string) ([]batch.Job, error) {
	jobs, err := w.cluster.Tagged(ctx, prefix)
	w.step()
	return jobs, err
}

func (w *wire) Cancel(ctx context.Context, owner string, id batch.JobID) error {
	w.step()
	if w.strays[id] == "mallory" {
		w.broken("job %s of mallory was cancelled", id)
	}
	err := w.cluster.Cancel(ctx, owner, id)
	w.step()
	return err
}

func (w *wire) Queues(ctx context.Context) ([]batch.Queue, error) { return w.cluster.Queues(ctx) }

func (w *wire) Finished(ctx context.Context, ids []batch.JobID) (map[batch.JobID]batch.Job, error) {
	jobs, err := w.cluster.Finished(ctx, ids)
	w.step()
	return jobs, err
}

func (w *wire) FindFinished(ctx context.Context, owner, tag string, since time.Time) ([]batch.Job, error) {
	return w.cluster.FindFinished(ctx, owner, tag, since)
}
