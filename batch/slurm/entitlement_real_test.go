package slurm_test

import (
	"errors"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/batch"
)

func TestEntitlementOfTheRealCluster(t *testing.T) {
	t.Parallel()
	needAccounting(t)
	s := reached(t)
	e, err := s.Entitlement(t.Context(), "dave")
	if err != nil {
		t.Fatal(err)
	}
	if !e.Enforced || !e.EnforcedQOS || !e.LimitsEnforced || !slices.Contains(e.Groups, "researchers") {
		t.Errorf("%+v", e)
	}
	if d := cmp.Diff([]string{"research", "course"}, e.Accounts("gpu")); d != "" {
		t.Errorf("accounts (-want +got)\n%s", d)
	}
	course, ok := e.Association("course", "gpu")
	want := batch.Cap{Sessions: 2, CPUs: -1, Memory: -1, Time: -1, GPUs: map[string]int{"": 1}}
	if d := cmp.Diff(want, course.Cap); d != "" || !ok {
		t.Errorf("course (-want +got)\n%s", d)
	}
	if short, ok := e.QOSOf("short"); !ok || short.Cap.Time != batch.Duration(30*time.Minute) {
		t.Errorf("QOS short: %+v", short)
	}
	if e, err = s.Entitlement(t.Context(), "nobody"); err != nil || len(e.Associations) != 0 || !e.Enforced {
		t.Errorf("nobody: %+v, %v", e, err)
	}
}

func TestHoldAndReleaseOnTheRealCluster(t *testing.T) {
	t.Parallel()
	s := reached(t)
	script := asked(func(s *batch.Script) { s.Native = []string{"--begin=now+1hour"} })
	id := submit(t, s, script)
	is := func(state batch.State) {
		t.Helper()
		until(t, string(id)+" is "+string(state), func() bool {
			jobs, err := s.Jobs(t.Context(), []batch.JobID{id})
			return err == nil && jobs[id].State == state
		})
	}
	for range 2 { // each of them twice: doing it again is no error
		if err := s.Hold(t.Context(), "alice", id); err != nil {
			t.Fatal(err)
		}
		is(batch.Held)
	}
	if err := s.Hold(t.Context(), "bob", id); !errors.Is(err, batch.ErrForbidden) {
		t.Errorf("somebody else's job: %v", err)
	}
	for range 2 {
		if err := s.Release(t.Context(), "alice", id); err != nil {
			t.Fatal(err)
		}
		is(batch.Pending)
	}
	_ = exec.Command("scancel", string(id)).Run()
	until(t, "it is gone", func() bool { return errors.Is(s.Hold(t.Context(), "alice", id), batch.ErrNotWaiting) })
	if err := s.Release(t.Context(), "alice", id); err != nil {
		t.Errorf("release of a job that is gone: %v", err)
	}
	if err := s.Hold(t.Context(), "alice", "99999999"); !errors.Is(err, batch.ErrNotWaiting) {
		t.Errorf("hold of a job that never was: %v", err)
	}
}
