package slurm

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// recordedSeparator stands in the recordings where a run would have a fresh one.
const recordedSeparator separator = "\x1fRECORDEDWORD"

var record = flag.String("record", "", "write what the commands of SLURM_CONF's cluster print into this folder of testdata")

// TestRecord is not a test: it makes the recordings that the tests read. Bring a
// cluster into the states that are wanted, then run
//
//	go test ./batch/slurm -run TestRecord -record 22.05.8
func TestRecord(t *testing.T) {
	if *record == "" {
		t.Skip("recordings are made with -record")
	}
	for name, argv := range map[string][]string{
		"squeue.txt":         {"squeue", "--noheader", "--all", "--states=all", "--Format=" + queueTable.long(recordedSeparator)},
		"squeue-compact.txt": {"squeue", "--noheader", "--all", "--states=all", "--Format=StateCompact:|,State:|"},
		"sinfo.txt":          {"sinfo", "--noheader", "--all", "--Node", "--Format=" + nodeTable.long(recordedSeparator)},
		"partition.txt":      {"scontrol", "--all", "--oneliner", "show", "partition"},
		"sacct.txt": {
			"sacct", "--noheader", "--allocations", "--allusers", "--parsable", "--delimiter=" + string(recordedSeparator),
			"--format=" + accountTable.names(), "--starttime=now-1hour",
		},
	} {
		cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
		cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "SLURM_TIME_FORMAT=%s", "SLURM_CONF=" + os.Getenv("SLURM_CONF")}
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("%s: %v", argv[0], err)
			continue
		}
		if err := os.WriteFile(filepath.Join("testdata", *record, name), out, 0o600); err != nil {
			t.Error(err)
		}
	}
}
