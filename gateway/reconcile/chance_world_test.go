package reconcile_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/session/sessiontest"
)

// chance is a world in which anything happens at any time, and what is really
// so in it: the rows as they were written, the jobs, and the agents.
type chance struct {
	t        *rapid.T
	clock    time.Time
	store    *sessiontest.Store
	cluster  *batchtest.Memory
	gateways []*gateway

	down      bool // the scheduler
	away      bool // the database
	forgetful int  // writes whose answers will be lost
	sbatch    sbatch
	late      []func() // submissions that are still under way
	depth     int      // of events within events

	rows    map[session.ID]session.Session
	secrets map[session.ID]string
	refused map[session.ID]bool
	asked   map[session.ID]bool          // somebody asked for the end
	stopped map[session.ID]bool          // and was told that it will come
	exits   map[session.ID]bool          // an agent reported its app's end
	jobs    map[session.ID][]batch.JobID // that a gateway submitted
	hidden  map[batch.JobID]time.Time    // from the queue, since
	spells  map[batch.JobID][]spell      // of hiding that are over
	running map[batch.JobID]*agent       // on their nodes, connected or not
	strays  map[batch.JobID]string       // jobs that a user has made with a session's tag
}

// agent is the newest agent of a job.
type agent struct {
	session session.ID
	attempt int
	claimed bool // at least once
	ready   bool
	told    bool // to stop
}

// spell is a time in which the queue did not show a job.
type spell struct{ from, to time.Time }

// sbatch is how the next submission goes.
type sbatch int

const (
	answers sbatch = iota
	refuses
	fails       // and nothing is submitted
	losesAnswer // and the job is there
	comesLate   // the job is submitted when nobody waits any more
)

func newChance(t *rapid.T) *chance {
	w := &chance{
		t: t, clock: time.Now(), store: sessiontest.New(nil), cluster: batchtest.New(),
		rows: map[session.ID]session.Session{}, secrets: map[session.ID]string{}, refused: map[session.ID]bool{},
		asked: map[session.ID]bool{}, stopped: map[session.ID]bool{}, exits: map[session.ID]bool{}, jobs: map[session.ID][]batch.JobID{},
		hidden: map[batch.JobID]time.Time{}, spells: map[batch.JobID][]spell{}, running: map[batch.JobID]*agent{}, strays: map[batch.JobID]string{},
	}
	w.cluster.SetHistory(rapid.Bool().Draw(t, "accounting"))
	for i := range 2 {
		g := &gateway{chance: w, name: i}
		g.begin()
		w.gateways = append(w.gateways, g)
	}
	return w
}

// now is never twice the same, so that the order of rows is the same each time
// that a failure is repeated.
func (w *chance) now() time.Time {
	w.clock = w.clock.Add(time.Microsecond)
	return w.clock
}

// broken ends the test: a promise is.
func (w *chance) broken(format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf(format, args...)
}

func (w *chance) submitted(id batch.JobID, tag string) {
	s, _ := session.OfTag("test", tag)
	w.jobs[s] = append(w.jobs[s], id)
	if len(w.jobs[s]) > 1 {
		w.broken("session %s was submitted twice: %v", s, w.jobs[s])
	}
}

func (w *chance) jobIDs() []batch.JobID { return w.cluster.IDs() }

// live lists the jobs of a session that run or may run, without strays.
func (w *chance) live(id session.ID) []batch.JobID {
	var live []batch.JobID
	for _, job := range w.jobs[id] {
		if w.cluster.Job(job).State.Phase() != batch.PhaseFinished {
			live = append(live, job)
		}
	}
	return live
}

// kill ends a job's agent at once; nobody is told of it but by its link.
func (w *chance) kill(job batch.JobID) {
	delete(w.running, job)
	for _, g := range w.gateways {
		delete(g.agents, job)
	}
}

// end ends a job, and its agent with it.
func (w *chance) end(job batch.JobID, state batch.State, code int) {
	w.drop(job)
	w.kill(job)
	w.cluster.End(job, state, code)
}

// drop cuts the links of a job's agent, which the gateways notice.
func (w *chance) drop(job batch.JobID) {
	a := w.running[job]
	for _, g := range w.gateways {
		if g.agents[job] {
			delete(g.agents, job)
			g.do(func() { _ = g.lifecycle.AgentGone(w.t.Context(), a.session, a.attempt) })
		}
	}
}

// allowed is what may follow a state: nothing else does.
var allowed = map[session.State][]session.State{
	session.Requested: {session.Queued, session.Starting, session.Stopping, session.Ended},
	session.Queued:    {session.Starting, session.Stopping, session.Ended},
	session.Starting:  {session.Ready, session.Queued, session.Stopping, session.Ended},
	session.Ready:     {session.Queued, session.Starting, session.Stopping, session.Ended},
	session.Stopping:  {session.Ended},
}

// judge looks at every change that is written.
func (w *chance) judge(before, after session.Session) {
	switch {
	case before.State == session.Ended:
		// A submission that comes back late is noted, and its job cancelled.
		before.JobID, before.QueuedAt, before.Version = after.JobID, after.QueuedAt, after.Version
		if diff := cmp.Diff(before, after); diff != "" {
			w.broken("an ended session was changed: %s", diff)
		}
	case after.Attempt < before.Attempt:
		w.broken("session %s: attempt %d came after %d", after.ID, after.Attempt, before.Attempt)
	case after.State != before.State && !slices.Contains(allowed[before.State], after.State):
		w.broken("session %s: %s came after %s", after.ID, after.State, before.State)
	case before.JobID != "" && after.JobID != before.JobID:
		w.broken("session %s: job %s came after %s", after.ID, after.JobID, before.JobID)
	case after.State == session.Ended:
		if err := w.proved(before, after); err != nil {
			w.broken("session %s ended as %s (%s), but %v", after.ID, after.Reason, after.Detail, err)
		}
	}
}

// proved looks for the proof of an end in what is really so.
func (w *chance) proved(before, after session.Session) error {
	if after.StopReason != "" && after.Reason != after.StopReason {
		return fmt.Errorf("the reason of the stop was %s", after.StopReason)
	}
	if after.Reason == session.StoppedByOwner && !w.asked[after.ID] {
		return fmt.Errorf("nobody stopped it")
	}
	if w.refused[after.ID] || w.exits[after.ID] {
		return nil
	}
	live := w.live(after.ID)
	if len(live) == 0 {
		switch {
		case len(w.jobs[after.ID]) > 0 || after.Reason == session.NotSubmitted || w.asked[after.ID]:
			return nil
		}
		return fmt.Errorf("it never had a job")
	}
	since, hidden := w.hidden[live[0]]
	switch {
	case !hidden:
		return fmt.Errorf("its job %s is there for all to see, %s", live[0], w.cluster.Job(live[0]).State)
	case before.JobID == "":
		return nil // nothing carries its tag
	case !before.AgentSince.IsZero():
		return fmt.Errorf("its agent is connected")
	}
	// Nobody need have looked while it was shown in between.
	noted := before.MissingSince
	for _, s := range append(w.spells[live[0]], spell{since, w.clock}) {
		if !noted.Before(s.from) && !noted.After(s.to) {
			since = noted
		}
	}
	if before.AgentLost.After(since) {
		since = before.AgentLost
	}
	if gone := w.clock.Sub(since); gone < 10*time.Minute {
		return fmt.Errorf("its job %s was hidden for %s only", live[0], gone)
	}
	return nil
}
