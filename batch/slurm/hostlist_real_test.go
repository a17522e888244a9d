package slurm

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestExpandHostsAsScontrol asks Slurm itself. With three brackets it counts in an
// order of its own, so that the hosts are compared as a set.
func TestExpandHostsAsScontrol(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("scontrol"); err != nil || os.Getenv("BERTH_TEST_SLURM") != "1" {
		if os.Getenv("CI") != "" {
			t.Fatal("CI is set, and there is no Slurm")
		}
		t.Skip("needs a real Slurm: run the tests in the private cluster of deploy/cluster")
	}
	for _, list := range []string{
		"c1", "c[1-2]", "n[08-11]", "n[9-11]", "n[001-3]", "a[1,3,5-7],b", "n[1-2]r[01-02]", "x[1-2][3-4]", "n[1,01]", "a,,b", "[1-3]",
		"n[1-2],n[1-2]", "rack[0-1]node[0-1]cpu[0-1]", "gpu-a[1-3]", "n[0-0]", "n[007,9-12]", "n[99-101]",
	} {
		out, err := exec.CommandContext(t.Context(), "scontrol", "show", "hostnames", list).Output()
		if err != nil {
			t.Errorf("%s: %v", list, err)
			continue
		}
		want := strings.Fields(string(out))
		got, err := expandHosts(list)
		slices.Sort(want)
		slices.Sort(got)
		if err != nil || !slices.Equal(want, got) {
			t.Errorf("%s: got %v, want %v (%v)", list, got, want, err)
		}
	}
	for _, list := range []string{"n[2-1]", "n[a-c]", "n[1-3x]", "n[1-99999999]"} {
		if out, _ := exec.CommandContext(t.Context(), "scontrol", "show", "hostnames", list).Output(); len(bytes.TrimSpace(out)) != 0 {
			t.Errorf("scontrol expands %s to %s", list, out)
		}
		if got, err := expandHosts(list); err == nil {
			t.Errorf("%s is %v", list, got)
		}
	}
}
