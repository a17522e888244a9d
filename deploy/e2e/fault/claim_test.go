package fault

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// TestAnAgentThatReachesNobody is a site whose compute nodes cannot reach the
// gateway: the job gives up in time, and the session says why.
func TestAnAgentThatReachesNobody(t *testing.T) {
	t.Parallel()
	const patience = 5 * time.Second
	apps := lightApp(t)
	g := site.Start(t, "unreachable", func(c *site.Config) {
		c.Apps, c.AgentAddr, c.ClaimTimeout = apps, site.FreeAddr(t), patience
	})
	bob := client.SignIn(t, g.URL, "bob")
	s := bob.Await(t, bob.Launch(t, light("unreachable")), 30*time.Second, "Starting")
	started := time.Now()
	if !strings.Contains(s.Headline, "waiting for it to call back") {
		t.Errorf("meanwhile it says %q", s.Headline)
	}
	ended := bob.Await(t, s, time.Minute, "Ended")
	t.Logf("ended %s after the job began: %s", time.Since(started).Round(time.Millisecond), ended.Detail)
	if ended.Reason != "failed" || ended.ExitCode == nil || *ended.ExitCode == 0 || !strings.Contains(ended.Detail, "before the app could answer") {
		t.Errorf("it ended as %+v", ended)
	}
	g.Cluster.AwaitGone(t, ended.JobID)
	await.That(t, 20*time.Second, "the agent's words in the log", func() error {
		if text := bob.LogText(t, s); !strings.Contains(text, "no gateway accepted the claim within "+patience.String()) || !strings.Contains(text, "connection refused") {
			return fmt.Errorf("the log is %q", text)
		}
		return nil
	})
	if a := bob.Raw(t, http.MethodGet, s.Page(), nil, "Accept", "text/html"); !a.Says("no gateway accepted the claim") {
		t.Errorf("the page does not say why: %s", a)
	}
}
