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

// TestControlGroupThroughSudo: the group is the service's, so that the job's owner can
// neither leave it nor change its limits.
func TestControlGroupThroughSudo(t *testing.T) {
	t.Parallel()
	cfg := owned(t)
	if cfg.Cgroup = delegated(t, "root"); cfg.Cgroup == "" {
		return
	}
	dir := filepath.Join(t.TempDir(), "out")
	if os.Mkdir(dir, 0o755) != nil || os.Chmod(dir, 0o777) != nil {
		t.Fatal("no directory for the job to write to")
	}
	for _, up := range []string{filepath.Dir(dir), filepath.Dir(filepath.Dir(dir))} {
		if err := os.Chmod(up, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, cfg)
	id, err := s.Submit(t.Context(), "alice", script(`cd `+dir+`
own=`+cfg.Cgroup+`/berth-$LOCAL_JOB_ID
{ echo $$ >`+cfg.Cgroup+`/gateway/cgroup.procs && echo left; mkdir $own/mine && echo below; echo 0 >$own/cgroup.freeze && echo wrote; } >tries 2>/dev/null
id -un >>tries; grep -c "/berth-$LOCAL_JOB_ID\$" /proc/self/cgroup >>tries
mv tries tried; exec sleep 600`))
	if err != nil {
		t.Fatal(err)
	}
	if got := appears(t, filepath.Join(dir, "tried")); got != "alice\n1" {
		t.Errorf("%q", got)
	}
	if err := s.Cancel(t.Context(), "alice", id); err != nil {
		t.Fatal(err)
	}
	if j := over(t, s, id); j.State != batch.Cancelled {
		t.Errorf("%+v", j)
	}
	absent(t, filepath.Join(cfg.Cgroup, "berth-"+string(id)))
}
