package slurm

import "testing"

func TestUseOf(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]use{
		"idle": open, "mixed": open, "allocated": open, "completing": open, "planned": open, "idle~": open, "mixed#": open, "idle-": open,
		"allocated+": open, "mixed-": open,
		"reserved": closed, "idle@": closed, "allocated!": closed, "mixed@": closed,
		"idle*": lost, "mixed$": lost, "idle%": lost, "idle^": lost, "down": lost, "down*": lost, "drained": lost, "draining": lost,
		"drained*": lost, "maint": lost, "fail": lost, "failing": lost, "inval": lost, "future": lost, "unknown": lost, "unk": lost,
		"powering_down": lost, "powered_down": lost, "rebooting": lost, "n/a": lost, "": lost, "a new one": lost, "idle*~": lost, "****": lost,
	} {
		if got := useOf(state); got != want {
			t.Errorf("%q: got %d, want %d", state, got, want)
		}
	}
}
