package local_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest"
	"github.com/berth-hpc/berth/batch/command"
	"github.com/berth-hpc/berth/batch/local"
)

// owned is a machine whose jobs belong to the people of the private cluster of
// deploy/cluster, in which the test must run as root.
func owned(t *testing.T) local.Config {
	t.Helper()
	if os.Getenv("BERTH_TEST_SLURM") != "1" || os.Getuid() != 0 {
		if os.Getenv("CI") != "" && os.Getuid() == 0 {
			t.Fatal("CI is set: the tests must run in the private cluster of deploy/cluster, as root")
		}
		t.Skip("needs people to run jobs for: run the tests in the private cluster of deploy/cluster")
	}
	dir := t.TempDir()
	return local.Config{
		Dir: filepath.Join(dir, "state"), SubmitAs: command.Sudo, Helper: helper(public(t)),
		CPUs: 64, Memory: 64 * batch.GiB, GPUs: []local.GPU{{Index: "0", Type: "a100"}, {Index: "1", Type: "a100"}},
	}
}

func TestConformsThroughSudo(t *testing.T) {
	t.Parallel()
	batchtest.Run(t, func(t *testing.T) batchtest.Harness { return harness(t, owned(t), "alice", "bob") })
}
