package batchtest

import (
	"errors"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// testPut: each state that a job can be brought into is reported as that state,
// with what belongs to it and nothing else.
func testPut(b *bench) {
	if len(b.Put) == 0 {
		b.t.Skip("this harness cannot bring jobs into states")
	}
	for state, put := range b.Put {
		b.t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			one := newBench(t, b.Harness)
			script := one.script(ScriptSleep)
			if state.Phase() == batch.PhaseWaiting {
				script.Native = one.Hold
			}
			id := one.submit(script)
			if state.Phase() == batch.PhaseWaiting {
				one.waitFor(id, batch.PhaseWaiting)
			} else {
				one.waitFor(id, batch.PhaseRunning)
			}
			put(t, id)
			one.fits(one.wait(id, string(state), func(j batch.Job) bool { return j.State == state }))
		})
	}
}

// fits checks what has to be said in a job's phase, and what must not.
func (b *bench) fits(j batch.Job) {
	b.t.Helper()
	phase := j.State.Phase()
	if j.Native == "" || j.Owner != b.Owner {
		b.t.Errorf("%+v", j)
	}
	if started := !j.StartedAt.IsZero(); started != (phase != batch.PhaseWaiting) {
		b.t.Errorf("started %v: %+v", j.StartedAt, j)
	}
	if ended := !j.EndedAt.IsZero(); ended != (phase == batch.PhaseFinished) {
		b.t.Errorf("ended %v: %+v", j.EndedAt, j)
	}
	if on := len(j.Nodes) > 0; on != (phase != batch.PhaseWaiting) {
		b.t.Errorf("nodes %v: %+v", j.Nodes, j)
	}
	if phase != batch.PhaseFinished && (j.ExitCode != nil || j.Signal != 0) {
		b.t.Errorf("it has not ended, and has an exit: %+v", j)
	}
	if j.State != batch.Completed && j.ExitCode != nil && *j.ExitCode == 0 {
		b.t.Errorf("it did not succeed, and exited with 0: %+v", j)
	}
}

// testTagged: everybody's jobs are listed by the beginning of their tag.
func testTagged(b *bench) {
	lister, ok := b.Scheduler.(batch.Tagged)
	if !ok {
		b.t.Skip("this scheduler does not list jobs by tag")
	}
	script := b.script(ScriptSleep)
	script.Native = b.Hold
	mine := b.submit(script)
	want := 1
	if b.Other != "" {
		b.submitAs(b.Other, script)
		want = 2
	}
	b.submit(b.script(ScriptDone)) // another tag
	jobs, err := lister.Tagged(b.t.Context(), script.Tag[:len(script.Tag)-1])
	if err != nil || len(jobs) != want || jobs[0].ID != mine || jobs[0].Tag != script.Tag || jobs[0].Owner != b.Owner {
		b.t.Errorf("%+v, %v", jobs, err)
	}
}

// testHistoryIsOne: a finished job is told once, by whoever tells it, and the
// two do not contradict each other.
func testHistoryIsOne(b *bench) {
	history, ok := b.Scheduler.(batch.History)
	if !ok || b.Forgets {
		b.t.Skip("this scheduler has no history")
	}
	id := b.submit(b.script(ScriptFail))
	now, told := b.finished(id)
	if !told {
		b.t.Fatal("it is not told how the job ended")
	}
	deadline := time.Now().Add(patience)
	for {
		past, err := history.Finished(b.t.Context(), []batch.JobID{id})
		if errors.Is(err, batch.ErrNoHistory) {
			return
		}
		if err != nil {
			b.t.Fatal(err)
		}
		if j, ok := past[id]; ok && j.Tag == now.Tag {
			if j.State != now.State || j.Owner != now.Owner || *j.ExitCode != *now.ExitCode {
				b.t.Errorf("the queue said %+v, the history says %+v", now, j)
			}
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatal("the finished job never got into the history")
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// answers waits until the scheduler answers again. After it has hung that may be
// found out late.
func (b *bench) answers() {
	b.t.Helper()
	var err error
	b.until(func() bool {
		_, err = b.Scheduler.Jobs(b.t.Context(), []batch.JobID{b.unknown(1)})
		return err == nil
	}, func() string { return "the scheduler never came back: " + err.Error() })
}

// testFaults: an answer that cannot be understood is no answer, and a bad job of
// somebody else's hides nobody's.
func testFaults(b *bench) {
	if b.Fault == nil {
		b.t.Skip("this harness cannot make the scheduler's answers bad")
	}
	script := b.script(ScriptSleep)
	id := b.submit(script)
	b.waitFor(id, batch.PhaseRunning)
	for _, fault := range []Fault{Hang, Garbage, Truncated} {
		b.t.Run(string(fault), func(t *testing.T) {
			b.Fault(t, fault)
			t.Cleanup(func() { b.Fault(t, "") })
			for name, ask := range map[string]func() (any, error){
				"Jobs":   func() (any, error) { return b.Scheduler.Jobs(t.Context(), []batch.JobID{id, b.unknown(1)}) },
				"Find":   func() (any, error) { return b.Scheduler.Find(t.Context(), b.Owner, script.Tag) },
				"Queues": func() (any, error) { return b.Scheduler.Queues(t.Context()) },
				"Submit": func() (any, error) { return b.Scheduler.Submit(t.Context(), b.Owner, b.script(ScriptDone)) },
			} {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					var no *batch.Rejected
					if got, err := ask(); !errors.Is(err, batch.ErrUnavailable) || errors.As(err, &no) {
						t.Errorf("%v, %v", got, err)
					}
				})
			}
		})
	}
	b.answers()
	b.t.Run(string(NotUTF8), func(t *testing.T) {
		b.Fault(t, NotUTF8)
		defer b.Fault(t, "")
		jobs, err := b.Scheduler.Jobs(t.Context(), []batch.JobID{id, b.unknown(1)})
		if err != nil || jobs[id].State != batch.Running || jobs[id].Tag != script.Tag {
			t.Errorf("%+v, %v", jobs, err)
		}
	})
	if j := b.waitFor(id, batch.PhaseRunning); j.Tag != script.Tag {
		b.t.Errorf("afterwards: %+v", j)
	}
}
