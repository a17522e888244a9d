package fault

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// TestAStopIsPolite stops a session: its agent is told, its app gets one signal
// and ends as it likes, and the job with it, without being cancelled.
func TestAStopIsPolite(t *testing.T) {
	t.Parallel()
	g := startSite(t, "stop", func(c *site.Config) {
		polite := strings.Replace(c.Apps, "id: light", "id: polite\n    env: {LIGHT_POLITE: \"1\"}", 1)
		c.Apps += polite
	})
	alice := client.SignIn(t, g.URL, "alice")
	request := light("stopped")
	request["app"] = "polite"
	s := alice.Ready(t, request)
	w := ask(t, alice, s)
	ended := alice.Stop(t, s)
	if ended.Reason != "stopped" || ended.ExitCode == nil || *ended.ExitCode != 0 || ended.Signal != nil {
		t.Errorf("it ended as %+v", ended)
	}
	g.Cluster.AwaitGone(t, s.JobID)
	awaitProcess(t, w.PID, false)
	if state := jobState(t, g, s); state != "COMPLETED" {
		t.Errorf("its job is %s", state)
	}
	if text := alice.LogText(t, s); strings.Count(text, goodbye) != 1 {
		t.Errorf("its log is %q", text)
	}
	if os.Getenv("BERTH_TEST_SLURM_ACCOUNTING") != "1" {
		return
	}
	await.That(t, 30*time.Second, "accounting to say so too", func() error {
		if end := strings.TrimSpace(g.Cluster.Slurm(t, "sacct", "-nXP", "-j", s.JobID, "-o", "State,ExitCode")); end != "COMPLETED|0:0" {
			return fmt.Errorf("it says %q", end)
		}
		return nil
	})
}
