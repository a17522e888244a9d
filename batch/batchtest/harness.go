package batchtest

import (
	"context"
	"crypto/rand"
	"fmt"
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
}

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

func (b *bench) job(id batch.JobID) batch.Job {
	b.t.Helper()
	jobs, err := b.Scheduler.Jobs(b.t.Context(), []batch.JobID{id})
	if err != nil {
		b.t.Fatalf("jobs: %v", err)
	}
	return jobs[id]
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
