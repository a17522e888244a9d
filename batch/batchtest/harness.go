package batchtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// Harness is a scheduler to be proved, and what the suite has to know about
// the cluster behind it.
type Harness struct {
	Scheduler batch.Scheduler

	Owner string // may submit
	Other string // may submit too; "" leaves out what needs two users

	Queue    string // starts a job of one CPU at once
	GPUQueue string // has GPUs of GPUType, of which none is in use
	GPUType  string

	// Hold are native options that keep a job waiting: "--hold" in Slurm.
	Hold []string

	// Step is called between two looks at a job, for a cluster that does not move
	// by itself. nil waits a moment.
	Step func()

	// SetDown takes the controller away and brings it back. nil leaves that out.
	SetDown func(t *testing.T, down bool)

	// Requeue sends a running job back into the queue. nil leaves that out.
	Requeue func(t *testing.T, id batch.JobID)

	// Unknown gives ids that look like the cluster's and that no job has, a
	// different one for every n from 0. nil: large numbers.
	Unknown func(n int) batch.JobID

	// Forgets says that nobody can tell how a job ended: the queue drops it and
	// there is no history.
	Forgets bool

	// Put brings a job that runs (that waits, for a waiting state) into the state
	// and holds what it takes for each: Suspended, Timeout, NodeFail, ... What is
	// not there is left out.
	Put map[batch.State]func(t *testing.T, id batch.JobID)

	// Fault makes the scheduler's answers bad, or good again ("") after that. nil
	// leaves that out.
	Fault func(t *testing.T, fault Fault)
}

// Fault is a way in which a scheduler's commands can misbehave.
type Fault string

// The faults.
const (
	Hang      Fault = "hang"      // no answer before the deadline
	Garbage   Fault = "garbage"   // an answer in no known form
	Truncated Fault = "truncated" // an answer without its end
	NotUTF8   Fault = "not UTF-8" // somebody else's job has bytes in it that are no text
)

// The scripts that the suite submits. They are real shell scripts; a cluster that
// only pretends can tell them apart by their text.
const (
	ScriptSleep = "#!/bin/bash\nexec sleep 600\n"
	ScriptDone  = "#!/bin/bash\nexit 0\n"
	ScriptFail  = "#!/bin/bash\nexit 7\n"
	ScriptKill  = "#!/bin/bash\nkill -KILL $$\n"
)

// patience is how long a job may take to get somewhere on a cluster that is
// otherwise idle.
const patience = 90 * time.Second

// bench is one harness at work in one test.
type bench struct {
	Harness
	t   *testing.T
	mu  sync.Mutex
	ids map[batch.JobID]string
}

func newBench(t *testing.T, h Harness) *bench {
	b := &bench{Harness: h, t: t, ids: map[batch.JobID]string{}}
	t.Cleanup(func() {
		for id, owner := range b.ids {
			// The test's own context is over.
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			if err := b.Scheduler.Cancel(ctx, owner, id); err != nil {
				t.Errorf("cleaning up job %s: %v", id, err)
			}
			cancel()
		}
	})
	return b
}

// newTag makes a tag that no other job has.
func newTag() string {
	return "berth:test:" + strings.ToLower(rand.Text()[:16]) + ":1"
}

func (b *bench) script(body string) batch.Script {
	return batch.Script{
		Tag: newTag(), Body: []byte(body), Queue: b.Queue, TimeLimit: batch.Duration(10 * time.Minute),
		Resources: batch.Resources{CPUs: 1, Memory: 100 * batch.MiB}, WorkDir: "/",
	}
}

func (b *bench) submitAs(owner string, script batch.Script) batch.JobID {
	b.t.Helper()
	id, err := b.Scheduler.Submit(b.t.Context(), owner, script)
	if err != nil {
		b.t.Fatalf("submit: %v", err)
	}
	if id == "" {
		b.t.Fatal("submit: an empty id")
	}
	b.mu.Lock()
	b.ids[id] = owner
	b.mu.Unlock()
	return id
}

func (b *bench) submit(script batch.Script) batch.JobID {
	b.t.Helper()
	return b.submitAs(b.Owner, script)
}

// job is what the queue says of the job, or what the history does if the queue
// does not report it.
func (b *bench) job(id batch.JobID) batch.Job {
	b.t.Helper()
	jobs, err := b.Scheduler.Jobs(b.t.Context(), []batch.JobID{id})
	if err != nil {
		b.t.Fatalf("jobs: %v", err)
	}
	if _, ok := jobs[id]; ok {
		return jobs[id]
	}
	history, ok := b.Scheduler.(batch.History)
	if !ok {
		return batch.Job{}
	}
	jobs, err = history.Finished(b.t.Context(), []batch.JobID{id})
	if err != nil && !errors.Is(err, batch.ErrNoHistory) {
		b.t.Fatalf("history: %v", err)
	}
	return jobs[id]
}

// finished waits for the job's end. told is false where nobody can tell how it
// ended: then it is enough that the job is not reported any more.
func (b *bench) finished(id batch.JobID) (j batch.Job, told bool) {
	b.t.Helper()
	b.wait(id, "finished", func(seen batch.Job) bool {
		j = seen
		return seen.State.Phase() == batch.PhaseFinished || b.Forgets && seen.ID == ""
	})
	return j, j.ID != ""
}

func (b *bench) unknown(n int) batch.JobID {
	if b.Unknown != nil {
		return b.Unknown(n)
	}
	return batch.JobID(strconv.Itoa(1_000_000_000 + n))
}

// wait looks at the job until it is as it should be.
func (b *bench) wait(id batch.JobID, what string, right func(batch.Job) bool) batch.Job {
	b.t.Helper()
	var j batch.Job
	b.until(func() bool { j = b.job(id); return right(j) }, func() string {
		return fmt.Sprintf("job %s was never %s; it is %s (%s, %s)", id, what, j.State, j.Native, j.Reason)
	})
	return j
}

func (b *bench) waitFor(id batch.JobID, phase batch.Phase) batch.Job {
	b.t.Helper()
	return b.wait(id, fmt.Sprint("in phase ", phase), func(j batch.Job) bool { return j.State.Phase() == phase })
}

func (b *bench) until(right func() bool, complaint func() string) {
	b.t.Helper()
	deadline := time.Now().Add(patience)
	for !right() {
		if time.Now().After(deadline) || b.t.Context().Err() != nil {
			b.t.Fatal(complaint())
		}
		if b.Step != nil {
			b.Step()
			continue
		}
		time.Sleep(100 * time.Millisecond)
	}
}
