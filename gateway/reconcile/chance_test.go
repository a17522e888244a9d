package reconcile_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
)

// Whatever happens in whatever order, to two gateways that act within each
// other's steps and die at any of them: no session has two jobs, none ends
// without proof, none comes back, and all is well once the world is quiet.
func TestWhateverHappens(t *testing.T) {
	t.Parallel()
	for range 10 { // rapid tries a hundred histories each time
		rapid.Check(t, func(t *rapid.T) {
			w := newChance(t)
			for range rapid.IntRange(1, 60).Draw(t, "events") {
				w.event()
			}
			w.quiet()
		})
	}
}

// happenings are what may happen, each as often as it is listed.
var happenings = []string{
	"launch", "launch", "time", "time", "round", "round", "round", "stop", "start", "start", "claim", "claim",
	"ready", "exit", "obey", "link", "crash", "finish", "requeue", "hide", "forge", "late", "trouble", "death",
}

func (w *chance) event() {
	w.depth++
	defer func() { w.depth-- }()
	switch rapid.SampledFrom(happenings).Draw(w.t, "event") {
	case "launch":
		w.launch()
	case "time":
		w.time()
	case "round":
		w.round()
	case "stop":
		w.stop()
	case "start":
		w.start()
	case "claim":
		w.claim()
	case "ready":
		w.ready()
	case "exit":
		w.exit()
	case "obey":
		w.obey()
	case "link":
		w.link()
	case "crash":
		w.crash()
	case "finish":
		w.finish()
	case "requeue":
		w.requeue()
	case "hide":
		w.hide()
	case "forge":
		w.forge()
	case "late":
		w.arrive()
	case "trouble":
		w.trouble()
	case "death":
		w.death()
	}
}

// meanwhile lets something happen within a step of g: often nothing.
func (w *chance) meanwhile(g *gateway) {
	if w.depth != 1 || !rapid.Bool().Draw(w.t, "meanwhile") || !rapid.Bool().Draw(w.t, "really") {
		return
	}
	w.event()
}

func (w *chance) gateway() *gateway {
	return w.gateways[rapid.IntRange(0, len(w.gateways)-1).Draw(w.t, "gateway")]
}

// pick chooses one of some, or says that there is none.
func pick[T any](w *chance, what string, some []T) (one T, ok bool) {
	if len(some) == 0 {
		return one, false
	}
	return some[rapid.IntRange(0, len(some)-1).Draw(w.t, what)], true
}

// pickJob chooses one of the jobs that are so.
func (w *chance) pickJob(what string, so func(batch.Job) bool) (batch.Job, bool) {
	var some []batch.Job
	for _, id := range w.jobIDs() {
		if job := w.cluster.Job(id); w.strays[id] == "" && so(job) {
			some = append(some, job)
		}
	}
	return pick(w, what, some)
}

func (w *chance) launch() {
	if len(w.rows) >= 6 {
		return
	}
	g := w.gateway()
	w.sbatch = rapid.SampledFrom([]sbatch{answers, answers, answers, refuses, fails, losesAnswer, comesLate}).Draw(w.t, "sbatch")
	name := fmt.Sprintf("s%d", len(w.rows))
	g.do(func() {
		_, _ = g.lifecycle.Launch(w.t.Context(), limit.Subject{User: "alice"}, session.Request{"name": name})
	})
	w.sbatch = answers
}

func (w *chance) time() {
	w.clock = w.clock.Add(rapid.SampledFrom([]time.Duration{time.Second, 5 * time.Second, time.Minute, 6 * time.Minute}).Draw(w.t, "span"))
}

func (w *chance) round() {
	g := w.gateway()
	g.do(func() { _, _ = g.rounds.RunOnce(w.t.Context()) })
}

func (w *chance) stop() {
	var some []session.ID
	for id := range w.rows {
		some = append(some, id)
	}
	slices.SortFunc(some, func(a, b session.ID) int { return cmp.Compare(w.rows[a].Name, w.rows[b].Name) })
	id, ok := pick(w, "session", some)
	if !ok {
		return
	}
	g := w.gateway()
	w.asked[id] = true
	g.do(func() {
		if _, err := g.lifecycle.Stop(w.t.Context(), id, "alice", session.StoppedByOwner); err == nil {
			w.stopped[id] = true
		}
	})
}

// start puts a waiting job on a node, where its agent begins.
func (w *chance) start() {
	job, ok := w.pickJob("waiting", func(j batch.Job) bool { return j.State == batch.Pending })
	if !ok {
		return
	}
	w.cluster.Start(job.ID, "c1")
	id, _ := session.OfTag("test", job.Tag)
	w.running[job.ID] = &agent{session: id, attempt: job.Restarts + 1}
}

// claim makes an agent call a gateway: the first time, or again, or too late,
// for it is one of an earlier start.
func (w *chance) claim() {
	job, ok := w.pickJob("calling", func(j batch.Job) bool { return w.running[j.ID] != nil })
	if !ok {
		return
	}
	a, g := w.running[job.ID], w.gateway()
	c := session.Claim{Session: a.session, Attempt: 1, JobID: job.ID, Restarts: a.attempt - 1, Secret: w.secrets[a.session], Host: "c1"}
	g.do(func() {
		_, _, err := g.lifecycle.Claim(w.t.Context(), c)
		if w.running[job.ID] != a || err != nil {
			return
		}
		a.claimed, g.agents[job.ID] = true, true
		_ = g.lifecycle.AgentConnected(w.t.Context(), a.session, a.attempt)
	})
	if c.Restarts == 0 {
		return
	}
	c.Restarts--
	g.do(func() {
		newest := w.rows[a.session].Attempt
		if _, _, err := g.lifecycle.Claim(w.t.Context(), c); err == nil && newest > c.Restarts+1 {
			w.broken("the agent of start %d was let in after start %d", c.Restarts+1, newest)
		}
	})
}

// connected chooses an agent that a gateway has.
func (w *chance) connected(so func(*agent) bool) (batch.Job, *gateway, bool) {
	g := w.gateway()
	job, ok := w.pickJob("connected", func(j batch.Job) bool { return g.agents[j.ID] && so(w.running[j.ID]) })
	return job, g, ok
}

func (w *chance) ready() {
	if job, g, ok := w.connected(func(a *agent) bool { return !a.ready }); ok {
		a := w.running[job.ID]
		a.ready = true
		g.do(func() { _ = g.lifecycle.AppReady(w.t.Context(), a.session, a.attempt) })
	}
}

// exit is an app that ends by itself, and its job a little later.
func (w *chance) exit() {
	job, g, ok := w.connected(func(*agent) bool { return true })
	if !ok {
		return
	}
	w.report(g, job.ID, session.Exit{
		Code: rapid.IntRange(0, 1).Draw(w.t, "code"), Terminated: rapid.Bool().Draw(w.t, "terminated"),
	})
}

// obey is an agent that does what it was told.
func (w *chance) obey() {
	if job, g, ok := w.connected(func(a *agent) bool { return a.told }); ok {
		w.report(g, job.ID, session.Exit{})
	}
}

func (w *chance) report(g *gateway, job batch.JobID, x session.Exit) {
	a := w.running[job]
	if a.attempt == w.rows[a.session].Attempt {
		w.exits[a.session] = true
	}
	g.do(func() { _ = g.lifecycle.AppExited(w.t.Context(), a.session, a.attempt, x) })
	if w.running[job] == a {
		w.drop(job)
		w.kill(job)
		w.running[job] = nil
		delete(w.running, job)
		if w.cluster.Job(job).State.Phase() != batch.PhaseFinished {
			w.cluster.Finish(job, x.Code)
		}
	}
}

// link cuts an agent off. Whether its gateway notices is another matter.
func (w *chance) link() {
	job, g, ok := w.connected(func(*agent) bool { return true })
	if !ok {
		return
	}
	a := w.running[job.ID]
	delete(g.agents, job.ID)
	if rapid.Bool().Draw(w.t, "noticed") {
		g.do(func() { _ = g.lifecycle.AgentGone(w.t.Context(), a.session, a.attempt) })
	}
}

// crash is an agent that is gone, without a word, while its job goes on.
func (w *chance) crash() {
	if job, ok := w.pickJob("crashing", func(j batch.Job) bool { return w.running[j.ID] != nil }); ok {
		w.kill(job.ID)
	}
}

// finish ends a job, in any way.
func (w *chance) finish() {
	job, ok := w.pickJob("ending", func(j batch.Job) bool { return j.State.Phase() != batch.PhaseFinished })
	if !ok {
		return
	}
	states := []batch.State{batch.Completed, batch.Failed, batch.Timeout, batch.Cancelled, batch.NodeFail, batch.OutOfMemory, batch.Preempted}
	w.end(job.ID, rapid.SampledFrom(states).Draw(w.t, "state"), 0)
}

// requeue puts a job back into the queue; its agent is gone, or does not know it
// yet.
func (w *chance) requeue() {
	job, ok := w.pickJob("requeued", func(j batch.Job) bool { return j.State == batch.Running })
	if !ok {
		return
	}
	if rapid.Bool().Draw(w.t, "noticed") {
		w.drop(job.ID)
	}
	if w.cluster.Job(job.ID).State == batch.Running {
		w.kill(job.ID)
		w.cluster.Requeue(job.ID)
	}
}

// hide takes a job out of the queue's answers, or shows it again.
func (w *chance) hide() {
	job, ok := w.pickJob("hidden", func(batch.Job) bool { return true })
	if !ok {
		return
	}
	if since, hidden := w.hidden[job.ID]; hidden {
		if w.depth > 1 {
			return // it would belie what has just been seen
		}
		delete(w.hidden, job.ID)
		w.spells[job.ID] = append(w.spells[job.ID], spell{since, w.clock})
		w.cluster.Return(job.ID)
		return
	}
	w.hidden[job.ID] = w.clock
	w.cluster.Vanish(job.ID)
}

// forge is a user who makes a job with a session's tag. Whoever does that to a
// session of their own whose job is not known yet may have it taken for that.
func (w *chance) forge() {
	job, ok := w.pickJob("copied", func(j batch.Job) bool {
		id, _ := session.OfTag("test", j.Tag)
		return w.rows[id].JobID != ""
	})
	if !ok || len(w.strays) >= 3 {
		return
	}
	owner := rapid.SampledFrom([]string{"alice", "mallory"}).Draw(w.t, "owner")
	id := w.cluster.Add(batch.Job{Owner: owner, Tag: job.Tag, State: batch.Running, StartedAt: w.clock})
	w.strays[id] = owner
}

// arrive is a submission that nobody waits for any more.
func (w *chance) arrive() {
	if len(w.late) > 0 && w.depth == 1 {
		submit := w.late[0]
		w.late = w.late[1:]
		submit()
	}
}

// trouble begins or ends: the scheduler or the database does not answer, or a
// write's answer is lost.
func (w *chance) trouble() {
	switch rapid.IntRange(0, 2).Draw(w.t, "trouble") {
	case 0:
		w.setDown(!w.down)
	case 1:
		w.setAway(!w.away)
	case 2:
		w.forgetful++
	}
}

func (w *chance) setDown(down bool) {
	w.down = down
	w.cluster.SetUnavailable(down)
}

func (w *chance) setAway(away bool) {
	w.away = away
	var err error
	if away {
		err = session.ErrStore
	}
	w.store.Fail(err)
}

// death kills a gateway: now, or some steps later.
func (w *chance) death() {
	g := w.gateway()
	if g.fuse = rapid.IntRange(0, 6).Draw(w.t, "steps"); g.fuse == 0 && w.depth == 1 {
		g.begin()
	}
}
