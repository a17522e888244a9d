package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest/fake"
	"github.com/berth-hpc/berth/batch/pbs"
	"github.com/berth-hpc/berth/batch/slurm"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/reconcile"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/session/sessiontest"
)

// pair is a site with a Slurm and a PBS cluster, whose commands are pretended.
type pair struct {
	*session.Lifecycle
	*reconcile.Reconciler
	t          *testing.T
	store      *sessiontest.Store
	board      *session.Board
	slurm, pbs *fake.Cluster
}

func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{t: t, store: sessiontest.New(nil), slurm: fake.Slurm(t), pbs: fake.PBS(t)}
	log := slog.New(slog.DiscardHandler)
	first, err := slurm.New(slurm.Config{BinDir: p.slurm.Bin, Sudo: p.slurm.Sudo})
	if err != nil {
		t.Fatal(err)
	}
	second, err := pbs.New(pbs.Config{BinDir: p.pbs.Bin, Sudo: p.pbs.Sudo})
	if err != nil {
		t.Fatal(err)
	}
	schedulers := map[string]batch.Scheduler{"hpc": first, "lab": second}
	clusters := map[string]session.Cluster{}
	for name, scheduler := range schedulers {
		clusters[name] = session.Cluster{
			Name: name, Scheduler: scheduler, JobLog: func(context.Context, session.Session) string { return "" },
			Script: func(session.Session, session.App, string) ([]byte, error) {
				return []byte("#!/bin/sh\nsleep 600\n"), nil
			},
		}
	}
	p.board = session.NewBoard([]string{"hpc", "lab"}, map[string]session.QueueSource{"hpc": first, "lab": second}, time.Now)
	p.Lifecycle = session.New(session.Options{
		Store: p.store, Logs: p.store, Limits: p.store, Board: p.board, Clusters: clusters,
		Apps: []session.App{{ID: "notebook"}}, Agents: nobody{}, Installation: "test", Now: time.Now, Log: log,
	})
	p.Reconciler = reconcile.New(reconcile.Config{
		Store: p.store, Lifecycle: p.Lifecycle, Schedulers: schedulers, Installation: "test", Now: time.Now, Log: log,
		Patience: reconcile.Patience{Orphan: time.Hour}, Audit: func(context.Context, reconcile.Drift) {},
	})
	for _, name := range []string{"hpc", "lab"} {
		if err := p.board.Refresh(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (p *pair) launch(cluster string) session.Session {
	p.t.Helper()
	s, err := p.Launch(p.t.Context(), limit.Subject{User: "alice"}, session.Request{
		"name": "on-" + cluster, "cluster": cluster, "queue": "gpu", "gpus": "1", "gpu_type": "a100",
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

func (p *pair) round(down ...string) {
	p.t.Helper()
	report, err := p.RunOnce(p.t.Context())
	if err != nil || !slices.Equal(report.Down, down) {
		p.t.Fatalf("down: %v, want %v; %v", report.Down, down, err)
	}
}

func (p *pair) want(s session.Session, state session.State, reason session.EndReason, attempt int) {
	p.t.Helper()
	got, err := p.store.Get(p.t.Context(), s.ID)
	if err != nil || got.State != state || got.Reason != reason || got.Attempt != attempt {
		p.t.Fatalf("%s is %s %q, attempt %d (%v); want %s %q, attempt %d", s.Name, got.State, got.Reason, got.Attempt, err, state, reason, attempt)
	}
}

// Two clusters of two kinds at once: both are offered, and an outage of one
// leaves the other's sessions, launches and pages alone.
func TestTwoClusters(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	for _, standing := range p.board.All() {
		if len(standing.Queues) != 3 || !standing.DownSince.IsZero() {
			t.Errorf("%+v", standing)
		}
	}
	onSlurm, onPBS := p.launch("hpc"), p.launch("lab")
	if onSlurm.JobID != "1" || onPBS.JobID != "1.pbshost" {
		t.Fatalf("jobs %q and %q", onSlurm.JobID, onPBS.JobID)
	}
	p.slurm.Memory.Start("1", "gpu-1")
	p.pbs.Memory.Start("1", "gpu-1")
	p.round()
	p.want(onSlurm, session.Starting, "", 1)
	p.want(onPBS, session.Starting, "", 1)

	p.pbs.SetDown(true)
	p.slurm.Memory.End("1", batch.Timeout, 1)
	p.round("lab")
	p.want(onSlurm, session.Ended, session.TimedOut, 1)
	p.want(onPBS, session.Starting, "", 1)
	if err := p.board.Refresh(t.Context(), "lab"); !errors.Is(err, batch.ErrUnavailable) {
		t.Errorf("%v", err)
	}
	request := session.Request{"name": "more", "cluster": "lab", "queue": "cpu"}
	if _, err := p.Launch(t.Context(), limit.Subject{User: "alice"}, request); !errors.Is(err, batch.ErrUnavailable) {
		t.Errorf("a launch on the cluster that is down: %v", err)
	}
	another := p.launch("hpc")
	if another.State != session.Queued {
		t.Errorf("a launch on the other: %+v", another)
	}

	p.pbs.SetDown(false)
	p.slurm.SetDown(true)
	p.pbs.Memory.Requeue("1")
	p.pbs.Memory.Start("1", "gpu-2")
	p.round("hpc")
	p.want(onPBS, session.Starting, "", 2)
	p.pbs.Memory.End("1", batch.NodeFail, 1) // only the history knows
	p.round("hpc")
	p.want(onPBS, session.Ended, session.NodeFailed, 2)
	p.want(another, session.Queued, "", 1)
}
