package reconcile_test

import (
	"slices"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/reconcile"
	"github.com/berth-hpc/berth/gateway/session"
)

// quiet lets the world come to rest: whatever was under way arrives, everything
// answers, agents do what they are told. Then rows, jobs and agents must agree,
// and a further round must find nothing to do.
func (w *chance) quiet() {
	w.depth = 1
	w.setDown(false)
	w.setAway(false)
	w.forgetful = 0
	for len(w.late) > 0 {
		w.arrive()
	}
	for job := range w.hidden {
		w.cluster.Return(job)
	}
	clear(w.hidden)
	w.depth = 2 // nothing happens within anything
	leader := w.gateways[0]
	for _, g := range w.gateways {
		g.fuse = -1
	}
	for range 30 {
		w.clock = w.clock.Add(30 * time.Second)
		w.reconnect(leader)
		if _, err := leader.rounds.RunOnce(w.t.Context()); err != nil {
			w.broken("a quiet round: %v", err)
		}
		for _, job := range w.jobIDs() {
			switch a := w.running[job]; {
			case a == nil:
			case w.cluster.Job(job).State.Phase() == batch.PhaseFinished:
				w.drop(job)
				w.kill(job)
			case a.told:
				w.report(leader, job, session.Exit{})
			}
		}
	}
	report, err := leader.rounds.RunOnce(w.t.Context())
	drift := slices.DeleteFunc(report.Drift, func(d reconcile.Drift) bool { return d.Kind == reconcile.ForeignTag })
	if err != nil || report.Changed > 0 || len(drift) > 0 {
		w.broken("there is still something to do: %+v, %v", report, err)
	}
	for id, s := range w.rows {
		w.settled(id, s)
	}
	for id, owner := range w.strays {
		if live := w.cluster.Job(id).State == batch.Running; live != (owner == "mallory") {
			w.broken("the job %s that %s made is %s", id, owner, w.cluster.Job(id).State)
		}
	}
}

// reconnect brings every agent to the leader, as their back-off does. One whose
// claim is refused for good ends, and its job with it.
func (w *chance) reconnect(leader *gateway) {
	for _, job := range w.jobIDs() {
		a := w.running[job]
		if a == nil || leader.agents[job] || w.cluster.Job(job).State.Phase() == batch.PhaseFinished {
			continue
		}
		_, _, err := leader.lifecycle.Claim(w.t.Context(), session.Claim{
			Session: a.session, Attempt: 1, JobID: job, Restarts: a.attempt - 1, Secret: w.secrets[a.session], Host: "c1",
		})
		if err != nil {
			w.end(job, batch.Completed, 0)
			continue
		}
		leader.agents[job] = true
		if err := leader.lifecycle.AgentConnected(w.t.Context(), a.session, a.attempt); err != nil {
			w.broken("%v", err)
		}
	}
}

// settled asserts that a session's row and job agree.
func (w *chance) settled(id session.ID, s session.Session) {
	live := w.live(id)
	if s.State == session.Ended {
		if len(live) > 0 {
			w.broken("session %s has ended (%s), and job %v lives: %+v", id, s.Reason, live, w.cluster.Job(live[0]))
		}
		return
	}
	if len(live) != 1 || live[0] != s.JobID || w.stopped[id] {
		w.broken("session %s is %s with job %q; stopped %t, jobs %v", id, s.State, s.JobID, w.stopped[id], live)
	}
	job := w.cluster.Job(live[0])
	want := []session.State{session.Queued}
	if job.State == batch.Running {
		want = []session.State{session.Starting, session.Ready}
	}
	if !slices.Contains(want, s.State) || s.Attempt != job.Restarts+1 {
		w.broken("session %s is %s, attempt %d; its job is %s after %d restarts", id, s.State, s.Attempt, job.State, job.Restarts)
	}
	if connected := w.running[job.ID] != nil; connected == s.AgentSince.IsZero() {
		w.broken("session %s: connected since %s; an agent is there: %t", id, s.AgentSince, connected)
	}
}
