package fault

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/client"
)

// TestOutOfMemory is an app that uses more memory than its session asked for. The
// kernel kills it, and only the scheduler knows why.
func TestOutOfMemory(t *testing.T) {
	t.Parallel()
	if os.Getenv("BERTH_TEST_SLURM_MEMORY") != "1" {
		t.Skip("this cluster does not limit the memory of jobs (cluster run --limit-memory, where the kernel has control groups of version 1)")
	}
	g := startSite(t, "memory", nil)
	bob := client.SignIn(t, g.URL, "bob")
	s := bob.Ready(t, light("greedy"))
	pid := ask(t, bob, s).PID
	_, _ = bob.Try(t, "GET", s.At("eat"), nil) // it dies of this
	ended := bob.Await(t, s, time.Minute, "Ended")
	t.Logf("%s", ended.Detail)
	if ended.Reason != "out_of_memory" || !strings.Contains(ended.Detail, "more memory than it asked for") {
		t.Errorf("it ended as %+v", ended)
	}
	if state := jobState(t, g, s); state != "OUT_OF_MEMORY" {
		t.Errorf("its job is %s", state)
	}
	awaitProcess(t, pid, false)
}
