package batchtest

import (
	"errors"

	"github.com/berth-hpc/berth/batch"
)

func (b *bench) cancel(owner string, id batch.JobID) {
	b.t.Helper()
	if err := b.Scheduler.Cancel(b.t.Context(), owner, id); err != nil {
		b.t.Errorf("cancel: %v", err)
	}
}

func testCancelWaiting(b *bench) {
	script := b.script(ScriptSleep)
	script.Native = b.Hold
	id := b.submit(script)
	j := b.waitFor(id, batch.PhaseWaiting)
	if j.State != batch.Held {
		b.t.Errorf("a held job is %s (%s)", j.State, j.Native)
	}
	if !j.StartedAt.IsZero() || len(j.Nodes) != 0 || j.BatchHost != "" || j.ExitCode != nil || j.WillNeverRun() {
		b.t.Errorf("waiting: %+v", j)
	}
	b.cancel(b.Owner, id)
	b.cancel(b.Owner, id)
	j, told := b.finished(id)
	if !told {
		return
	}
	if j.State != batch.Cancelled || !j.StartedAt.IsZero() || j.EndedAt.IsZero() {
		b.t.Errorf("cancelled: %+v", j)
	}
}

func testCancelRunning(b *bench) {
	id := b.submit(b.script(ScriptSleep))
	b.waitFor(id, batch.PhaseRunning)
	b.cancel(b.Owner, id)
	b.cancel(b.Owner, id) // while it ends
	j, told := b.finished(id)
	if told && (j.State != batch.Cancelled || j.StartedAt.IsZero() || j.EndedAt.IsZero()) {
		b.t.Errorf("%+v", j)
	}
	b.cancel(b.Owner, id)
}

func testCancelFinished(b *bench) {
	id := b.submit(b.script(ScriptDone))
	_, told := b.finished(id)
	b.cancel(b.Owner, id)
	if j := b.job(id); told && j.State != batch.Completed {
		b.t.Errorf("cancelling changed it: %+v", j)
	}
}

// testCancelGone: what is not there need not be cancelled.
func testCancelGone(b *bench) {
	for _, id := range []batch.JobID{b.unknown(7), "1000000007", "", "-u", "no id at all", "1 2", "0"} {
		b.cancel(b.Owner, id)
	}
}

func testCancelOthers(b *bench) {
	if b.Other == "" {
		b.t.Skip("this harness has one user")
	}
	script := b.script(ScriptSleep)
	script.Native = b.Hold
	id := b.submit(script)
	if err := b.Scheduler.Cancel(b.t.Context(), b.Other, id); !errors.Is(err, batch.ErrForbidden) {
		b.t.Errorf("%v", err)
	}
	if j := b.job(id); j.State.Phase() != batch.PhaseWaiting {
		b.t.Errorf("%+v", j)
	}
}
