package batchtest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/batch"
)

// refused checks that the script is refused for one of the fields and that no
// job was made.
func (b *bench) refused(what string, script batch.Script, fields ...string) {
	b.t.Helper()
	id, err := b.Scheduler.Submit(b.t.Context(), b.Owner, script)
	var no *batch.Rejected
	if !errors.As(err, &no) || id != "" {
		b.t.Errorf("%s: job %q, %v", what, id, err)
		return
	}
	if !slices.Contains(fields, no.Field) || no.Reason == "" {
		b.t.Errorf("%s: field %q, reason %q, native %q", what, no.Field, no.Reason, no.Native)
	}
	if errors.Is(err, batch.ErrUnavailable) || errors.Is(err, batch.ErrForbidden) {
		b.t.Errorf("%s: a refusal is also %v", what, err)
	}
	if strings.Contains(no.Error(), "sleep 600") {
		b.t.Errorf("%s: the error tells the script: %v", what, no)
	}
	// Slurm keeps a record of what it refused, as of a job that failed.
	found, err := b.Scheduler.Find(b.t.Context(), b.Owner, script.Tag)
	if err != nil {
		b.t.Errorf("%s: after the refusal: %v", what, err)
	}
	for _, j := range found {
		if j.State != batch.Failed || !j.StartedAt.IsZero() || len(j.Nodes) != 0 || j.ExitCode != nil {
			b.t.Errorf("%s: after the refusal: %+v", what, j)
		}
	}
}

// testRefusals: what the cluster can never do is refused, with the field.
func testRefusals(b *bench) {
	change := func(f func(*batch.Script)) batch.Script {
		s := b.script(ScriptSleep)
		f(&s)
		return s
	}
	b.refused("unknown queue", change(func(s *batch.Script) { s.Queue = "nosuchqueue" }), "queue")
	b.refused("absurdly many CPUs", change(func(s *batch.Script) { s.Resources = batch.Resources{CPUs: 1 << 20} }), "cpus")
	b.refused("too much memory", change(func(s *batch.Script) { s.Resources = batch.Resources{Memory: 1000 * batch.TiB} }), "memory")
	b.refused("too many GPUs", change(func(s *batch.Script) {
		s.Queue, s.Resources = b.GPUQueue, batch.Resources{GPUs: 1000, GPUType: b.GPUType}
	}), "gpus")
	b.refused("unknown GPU", change(func(s *batch.Script) {
		s.Queue, s.Resources = b.GPUQueue, batch.Resources{GPUs: 1, GPUType: "nosuchgpu"}
	}), "gpus", "gpu_type")
}

// testOneCPUTooMany: Slurm takes such a job and then says that it will never run.
func testOneCPUTooMany(b *bench) {
	script := b.script(ScriptSleep)
	script.Resources = batch.Resources{CPUs: b.queue(b.Queue).NodeCPUs + 1}
	id, err := b.Scheduler.Submit(b.t.Context(), b.Owner, script)
	if err == nil {
		b.ids[id] = b.Owner
		b.wait(id, "known never to run", batch.Job.WillNeverRun)
		return
	}
	var no *batch.Rejected
	if !errors.As(err, &no) || no.Field != "cpus" {
		b.t.Errorf("%v", err)
	}
}

// testBadNames: nothing in a request can become an option of a command.
func testBadNames(b *bench) {
	for _, bad := range []string{"--wrap=id", "-x", "a b", "a\nb", "a;b", "$(id)", "é"} {
		s := b.script(ScriptSleep)
		s.Queue = bad
		b.refused("queue "+bad, s, "queue")
	}
	s := b.script(ScriptSleep)
	s.Queue, s.Resources = b.GPUQueue, batch.Resources{GPUs: 1, GPUType: "--wrap=id"}
	b.refused("GPU type", s, "gpu_type")
}

// testBadOwners: nobody becomes root by a name.
func testBadOwners(b *bench) {
	for _, owner := range []string{"root", "", "-u", "#0", "a b", "../x"} {
		if id, err := b.Scheduler.Submit(b.t.Context(), owner, b.script(ScriptSleep)); !errors.Is(err, batch.ErrForbidden) {
			b.t.Errorf("submit as %q: job %q, %v", owner, id, err)
		}
	}
}

// testUnavailable: a scheduler that is away says nothing about jobs, and jobs
// outlive its absence.
func testUnavailable(b *bench) {
	if b.SetDown == nil {
		b.t.Skip("this harness cannot take the scheduler away")
	}
	script := b.script(ScriptSleep)
	id := b.submit(script)
	b.waitFor(id, batch.PhaseRunning)
	b.SetDown(b.t, true)
	b.t.Run("down", func(t *testing.T) {
		for name, ask := range map[string]func() error{
			"Submit": func() error { _, err := b.Scheduler.Submit(t.Context(), b.Owner, b.script(ScriptDone)); return err },
			"Jobs":   func() error { _, err := b.Scheduler.Jobs(t.Context(), []batch.JobID{id}); return err },
			"Find":   func() error { _, err := b.Scheduler.Find(t.Context(), b.Owner, script.Tag); return err },
			"Cancel": func() error { return b.Scheduler.Cancel(t.Context(), b.Owner, id) },
			"Queues": func() error { _, err := b.Scheduler.Queues(t.Context()); return err },
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				var no *batch.Rejected
				if err := ask(); !errors.Is(err, batch.ErrUnavailable) || errors.As(err, &no) || errors.Is(err, batch.ErrForbidden) {
					t.Errorf("%v", err)
				}
			})
		}
	})
	b.SetDown(b.t, false)
	b.answers()
	b.waitFor(id, batch.PhaseRunning)
}
