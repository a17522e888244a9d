package batchtest

import (
	"slices"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// testFields: a running job is reported as it was asked for.
func testFields(b *bench) {
	script := b.script(ScriptSleep)
	before := time.Now().Add(-2 * time.Second) // schedulers count whole seconds
	id := b.submit(script)
	first := b.job(id)
	if first.ID != id || first.Owner != b.Owner || first.Tag != script.Tag || first.Queue != b.Queue {
		b.t.Errorf("just submitted: %+v", first)
	}
	if first.State.Phase() == batch.PhaseUnknown || first.Native == "" {
		b.t.Errorf("just submitted: state %s, native %q", first.State, first.Native)
	}
	j := b.waitFor(id, batch.PhaseRunning)
	if len(j.Nodes) != 1 || j.NodeList == "" || j.BatchHost != j.Nodes[0] {
		b.t.Errorf("running: nodes %q (%v), batch host %q", j.NodeList, j.Nodes, j.BatchHost)
	}
	if j.SubmittedAt.Before(before) || j.StartedAt.Before(j.SubmittedAt) || j.StartedAt.After(time.Now().Add(2*time.Second)) {
		b.t.Errorf("running: submitted %v, started %v", j.SubmittedAt, j.StartedAt)
	}
	if !j.EndedAt.IsZero() || j.ExitCode != nil || j.Signal != 0 || !j.EstimatedStart.IsZero() || j.Restarts != 0 {
		b.t.Errorf("running, yet it has an end: %+v", j)
	}
	if j.TimeLimit != script.TimeLimit {
		b.t.Errorf("time limit %v, asked for %v", j.TimeLimit, script.TimeLimit)
	}
}

func testCompletes(b *bench) {
	j, told := b.finished(b.submit(b.script(ScriptDone)))
	if !told {
		return
	}
	if j.State != batch.Completed || j.ExitCode == nil || *j.ExitCode != 0 || j.Signal != 0 {
		b.t.Errorf("%+v", j)
	}
	if j.StartedAt.IsZero() || j.EndedAt.Before(j.StartedAt) {
		b.t.Errorf("started %v, ended %v", j.StartedAt, j.EndedAt)
	}
}

func testFails(b *bench) {
	j, told := b.finished(b.submit(b.script(ScriptFail)))
	if !told {
		return
	}
	if j.State != batch.Failed || j.ExitCode == nil || *j.ExitCode != 7 || j.Signal != 0 {
		b.t.Errorf("%+v", j)
	}
}

// testKilled: a signal is a signal, not an exit code.
func testKilled(b *bench) {
	j, told := b.finished(b.submit(b.script(ScriptKill)))
	if !told {
		return
	}
	if j.State != batch.Failed || j.Signal != 9 || j.ExitCode != nil {
		b.t.Errorf("%+v", j)
	}
}

func testRequeue(b *bench) {
	if b.Requeue == nil {
		b.t.Skip("this harness cannot requeue")
	}
	id := b.submit(b.script(ScriptSleep))
	b.waitFor(id, batch.PhaseRunning)
	b.Requeue(b.t, id)
	j := b.wait(id, "requeued", func(j batch.Job) bool { return j.Restarts == 1 })
	if !j.EndedAt.IsZero() || j.ExitCode != nil || j.Signal != 0 {
		b.t.Errorf("requeued, yet it has an end: %+v", j)
	}
	// It waits, or runs again already.
	if j.State.Phase() == batch.PhaseWaiting && (!j.StartedAt.IsZero() || len(j.Nodes) != 0) {
		b.t.Errorf("back in the queue: %+v", j)
	}
}

// testAtOnce: every submit is a job of its own.
func testAtOnce(b *bench) {
	const n = 8
	type outcome struct {
		id  batch.JobID
		err error
	}
	outcomes := make(chan outcome, n)
	for range n {
		script := b.script(ScriptDone)
		go func() {
			id, err := b.Scheduler.Submit(b.t.Context(), b.Owner, script)
			outcomes <- outcome{id, err}
		}()
	}
	var ids []batch.JobID
	for range n {
		o := <-outcomes
		if o.err != nil {
			b.t.Error(o.err)
			continue
		}
		ids = append(ids, o.id)
		b.ids[o.id] = b.Owner
	}
	slices.Sort(ids)
	if distinct := len(slices.Compact(ids)); distinct != n {
		b.t.Errorf("%d ids for %d jobs", distinct, n)
	}
}

// testManyIDs: one question for many, of which most are unknown.
func testManyIDs(b *bench) {
	held := b.script(ScriptSleep)
	held.Native = b.Hold
	one, two := b.submit(held), b.submit(b.script(ScriptSleep))
	ids := []batch.JobID{one, two, two}
	for n := range 10_000 {
		ids = append(ids, b.unknown(n))
	}
	for _, some := range [][]batch.JobID{ids[:3], ids[:50], ids} {
		jobs, err := b.Scheduler.Jobs(b.t.Context(), some)
		if err != nil {
			b.t.Fatal(err)
		}
		if len(jobs) != 2 || jobs[one].ID != one || jobs[two].ID != two {
			b.t.Errorf("%d ids: %v", len(some), jobs)
		}
	}
}

// testUnknownIDs: what is not reported is absent, and that is no error.
func testUnknownIDs(b *bench) {
	for _, ids := range [][]batch.JobID{nil, {b.unknown(7)}, {b.unknown(7), b.unknown(8)}, {"1000000007"}, {""}, {"-u"}, {"no id at all"}, {"1,2"}, {"1_2"}} {
		jobs, err := b.Scheduler.Jobs(b.t.Context(), ids)
		if err != nil || len(jobs) != 0 {
			b.t.Errorf("%q: %v, %v", ids, jobs, err)
		}
	}
}
