package batch_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/batch"
)

func TestEveryStateHasAPhase(t *testing.T) {
	t.Parallel()
	deliberate := []batch.State{batch.Revoked, batch.Unknown}
	for _, s := range batch.States() {
		if known := s.Phase() != batch.PhaseUnknown; known == slices.Contains(deliberate, s) {
			t.Errorf("%s has phase %v", s, s.Phase())
		}
		if string(s) != strings.ToUpper(string(s)) {
			t.Errorf("%s is not spelt as Slurm does", s)
		}
	}
	if got := batch.State("PD").Phase(); got != batch.PhaseUnknown {
		t.Errorf("a code that is no state has phase %v", got)
	}
}

// What is not final must never be taken for it: a session ends on it.
func TestFinalStates(t *testing.T) {
	t.Parallel()
	var final []batch.State
	for _, s := range batch.States() {
		if s.Phase() == batch.PhaseFinished {
			final = append(final, s)
		}
	}
	want := []batch.State{
		batch.Completed, batch.Cancelled, batch.Failed, batch.Timeout, batch.NodeFail, batch.BootFail,
		batch.LaunchFailed, batch.Preempted, batch.OutOfMemory, batch.Deadline,
	}
	if !slices.Equal(final, want) {
		t.Errorf("final are %v", final)
	}
}

func TestStatesAreListedOnce(t *testing.T) {
	t.Parallel()
	all := batch.States()
	if n := len(slices.Compact(slices.Sorted(slices.Values(all)))); n != len(all) {
		t.Errorf("%d of %d are distinct", n, len(all))
	}
}
