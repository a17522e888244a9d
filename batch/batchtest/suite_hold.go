package batchtest

import (
	"errors"

	"github.com/berth-hpc/berth/batch"
)

// testHold: a waiting job can be kept from starting and let go again, by its
// owner; one that does not wait cannot.
func testHold(b *bench) {
	holder, ok := b.Scheduler.(batch.Holder)
	if !ok {
		b.t.Skip("this scheduler does not hold jobs")
	}
	script := b.script(ScriptSleep)
	script.Native = b.Hold
	id := b.submit(script)
	if err := holder.Hold(b.t.Context(), b.Owner, id); err != nil {
		b.t.Errorf("a job that is held already: %v", err)
	}
	b.wait(id, "held", func(j batch.Job) bool { return j.State == batch.Held })
	if err := holder.Release(b.t.Context(), b.Owner, id); err != nil {
		b.t.Fatal(err)
	}
	b.waitFor(id, batch.PhaseRunning)
	if err := holder.Hold(b.t.Context(), b.Owner, id); !errors.Is(err, batch.ErrNotWaiting) {
		b.t.Errorf("a job that runs: %v", err)
	}
	if j := b.job(id); j.State.Phase() != batch.PhaseRunning {
		b.t.Errorf("and then: %+v", j)
	}
	if err := holder.Hold(b.t.Context(), b.Owner, b.unknown(3)); !errors.Is(err, batch.ErrNotWaiting) {
		b.t.Errorf("a job that is not there: %v", err)
	}
	if err := holder.Release(b.t.Context(), b.Owner, b.unknown(3)); err != nil {
		b.t.Errorf("releasing a job that is not there: %v", err)
	}
}
