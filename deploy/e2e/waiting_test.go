package e2e

import (
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/browser"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// TestASessionThatWaits is a full cluster, as far as people can tell: every job
// is held when it is submitted. The page says why the session waits; it can be
// stopped; and when the job is let go, the page that is open leads to the
// notebook by itself.
func TestASessionThatWaits(t *testing.T) {
	t.Parallel()
	g := site.Start(t, "waiting", func(c *site.Config) { c.SubmitArgs = []string{"--hold"} })
	tab := browser.Open(t)
	signIn(t, tab, g, "carol")
	carol := client.SignIn(t, g.URL, "carol")

	unwanted := carol.Launch(t, client.Small("unwanted"))
	waiting := carol.Await(t, unwanted, 30*time.Second, "Queued")
	if waiting.JobID == "" || waiting.StartedAt != nil || waiting.Node != "" {
		t.Errorf("the session that waits is %+v", waiting)
	}
	ended := carol.Stop(t, waiting)
	if ended.Reason != "stopped" {
		t.Errorf("what was stopped while it waited ended as %+v", ended)
	}
	g.Cluster.AwaitGone(t, waiting.JobID)

	s := carol.Await(t, carol.Launch(t, client.Small("patient")), 30*time.Second, "Queued")
	tab.Go(t, g.URL+s.Page()+"?open=1")
	tab.Await(t, 30*time.Second, "the page to say what the scheduler says", `document.body.innerText.includes("JobHeld")`)
	tab.Shoot(t, "waiting")
	tab.Quiet(t)
	g.Cluster.Slurm(t, "scontrol", "release", s.JobID)
	tab.AwaitLocation(t, time.Minute, s.At("tree"))
	carol.Stop(t, s)
}
