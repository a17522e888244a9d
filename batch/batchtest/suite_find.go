package batchtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// testFind: a tag finds the owner's jobs in any state, oldest first.
func testFind(b *bench) {
	script := b.script(ScriptDone)
	script.Native = b.Hold
	held := b.submit(script)
	script.Native = nil
	done := b.submit(script)
	b.submit(b.script(ScriptDone)) // another tag
	_, told := b.finished(done)
	found, err := b.Scheduler.Find(b.t.Context(), b.Owner, script.Tag)
	if err != nil {
		b.t.Fatal(err)
	}
	if !told && (len(found) != 1 || found[0].ID != held) {
		b.t.Errorf("found %+v", found)
	}
	if told && (len(found) != 2 || found[0].ID != held || found[1].ID != done || found[1].State != batch.Completed) {
		b.t.Errorf("found %+v", found)
	}
	if none, err := b.Scheduler.Find(b.t.Context(), b.Owner, newTag()); err != nil || len(none) != 0 {
		b.t.Errorf("a tag that no job has: %v, %v", none, err)
	}
}

// testFindOthers: somebody else's job with our tag is not ours.
func testFindOthers(b *bench) {
	if b.Other == "" {
		b.t.Skip("this harness has one user")
	}
	script := b.script(ScriptSleep)
	script.Native = b.Hold
	forged := b.submitAs(b.Other, script)
	if found, err := b.Scheduler.Find(b.t.Context(), b.Owner, script.Tag); err != nil || len(found) != 0 {
		b.t.Errorf("%v, %v", found, err)
	}
	if j := b.job(forged); j.Owner != b.Other || j.Tag != script.Tag {
		b.t.Errorf("%+v", j)
	}
}

// testHistory: accounting has what has ended, or says that there is none.
func testHistory(b *bench) {
	history, ok := b.Scheduler.(batch.History)
	if !ok {
		b.t.Skip("this scheduler has no history")
	}
	script := b.script(ScriptFail)
	since := time.Now().Add(-time.Minute)
	id := b.submit(script)
	b.finished(id)
	running := b.submit(b.script(ScriptSleep))
	b.waitFor(running, batch.PhaseRunning)
	var jobs map[batch.JobID]batch.Job
	var err error
	// Accounting lags, and may learn of a job's end before it learns its name.
	b.until(func() bool {
		jobs, err = history.Finished(b.t.Context(), []batch.JobID{id, running, b.unknown(7)})
		return err != nil || jobs[id].Tag == script.Tag
	}, func() string { return fmt.Sprintf("the finished job never got into the history: %+v", jobs) })
	if errors.Is(err, batch.ErrNoHistory) {
		if _, err = history.FindFinished(b.t.Context(), b.Owner, script.Tag, since); !errors.Is(err, batch.ErrNoHistory) {
			b.t.Errorf("FindFinished: %v", err)
		}
		return
	}
	if err != nil {
		b.t.Fatal(err)
	}
	j := jobs[id]
	if len(jobs) != 1 || j.State != batch.Failed || j.ExitCode == nil || *j.ExitCode != 7 || j.Owner != b.Owner || j.Tag != script.Tag {
		b.t.Errorf("%+v", jobs)
	}
	found, err := history.FindFinished(b.t.Context(), b.Owner, script.Tag, since)
	if err != nil || len(found) != 1 || found[0].ID != id {
		b.t.Errorf("by tag: %+v, %v", found, err)
	}
	found, err = history.FindFinished(b.t.Context(), b.Owner, script.Tag, time.Now().Add(time.Hour))
	if err != nil || len(found) != 0 {
		b.t.Errorf("by tag, later: %+v, %v", found, err)
	}
}

func testEstimate(b *bench) {
	estimator, ok := b.Scheduler.(batch.Estimator)
	if !ok {
		b.t.Skip("this scheduler makes no estimates")
	}
	script := b.script(ScriptSleep)
	at, err := estimator.Estimate(b.t.Context(), b.Owner, script)
	if err != nil {
		b.t.Fatal(err)
	}
	if !at.IsZero() && at.Before(time.Now().Add(-time.Minute)) {
		b.t.Errorf("a small job would start at %v", at)
	}
	if found, err := b.Scheduler.Find(b.t.Context(), b.Owner, script.Tag); err != nil || len(found) != 0 {
		b.t.Errorf("the estimate made a job: %v, %v", found, err)
	}
	script.Queue = "nosuchqueue"
	var no *batch.Rejected
	if _, err := estimator.Estimate(b.t.Context(), b.Owner, script); !errors.As(err, &no) || no.Field != "queue" {
		b.t.Errorf("in a queue that is not there: %v", err)
	}
}

// testCallerGivesUp: no answer in time is no answer.
func testCallerGivesUp(b *bench) {
	ctx, cancel := context.WithCancel(b.t.Context())
	cancel()
	if _, err := b.Scheduler.Jobs(ctx, []batch.JobID{b.unknown(1)}); !errors.Is(err, batch.ErrUnavailable) {
		b.t.Errorf("Jobs: %v", err)
	}
	if _, err := b.Scheduler.Submit(ctx, b.Owner, b.script(ScriptDone)); !errors.Is(err, batch.ErrUnavailable) {
		b.t.Errorf("Submit: %v", err)
	}
}
