package slurm

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/batch"
)

// Both spellings of a state are one state, and no spelling stands for two.
func TestSpellingsAgree(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range spellings {
		for _, name := range []string{s.long, s.compact} {
			if name == "" {
				continue
			}
			if seen[name] {
				t.Errorf("%s stands twice", name)
			}
			seen[name] = true
			if got := stateOf(name); got != s.state {
				t.Errorf("%s is %s, not %s", name, got, s.state)
			}
		}
		if !slices.Contains(batch.States(), s.state) {
			t.Errorf("%s is no state of the vocabulary", s.state)
		}
	}
}

// Every state of the vocabulary that Slurm has is spelt the same there.
func TestVocabularyIsCovered(t *testing.T) {
	t.Parallel()
	for _, s := range batch.States() {
		if s != batch.Held && s != batch.Unknown && stateOf(string(s)) != s {
			t.Errorf("%s is read as %s", s, stateOf(string(s)))
		}
	}
}

func TestStateOf(t *testing.T) {
	t.Parallel()
	for native, want := range map[string]batch.State{
		"CANCELLED by 1001": batch.Cancelled, "CANCELLED+": batch.Cancelled, "OUT_OF_MEMORY+": batch.OutOfMemory,
		"": batch.Unknown, "?": batch.Unknown, "running": batch.Unknown, "NEW_STATE": batch.Unknown,
	} {
		if got := stateOf(native); got != want {
			t.Errorf("%q: got %s, want %s", native, got, want)
		}
	}
}

func TestCancellerOf(t *testing.T) {
	t.Parallel()
	for native, want := range map[string]string{
		"CANCELLED by 1001": "1001", "CANCELLED by 0": "0", "CANCELLED": "", "CANCELLED by": "", "CANCELLED by bob": "",
		"CANCELLED by -1": "", "CANCELLED by 1001 ": "", "CANCELLED by 99999999999": "", "FAILED": "", "": "",
	} {
		if got := cancellerOf(native); got != want {
			t.Errorf("%q: got %q, want %q", native, got, want)
		}
	}
}

// TestRecordedSpellings: both columns of one real answer mean the same.
func TestRecordedSpellings(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/22.05.8/squeue-compact.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for line := range bytes.Lines(text) {
		compact, long, _ := strings.Cut(strings.TrimSuffix(strings.TrimSpace(string(line)), "|"), "|")
		if got := stateOf(compact); got == batch.Unknown || got != stateOf(long) {
			t.Errorf("%s is %s, %s is %s", compact, got, long, stateOf(long))
		}
		lines++
	}
	if lines < 10 {
		t.Errorf("only %d lines", lines)
	}
}
