package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// requeuedJob is an admin who puts a running job back into the queue. The
// session goes back with it and comes up again, as the same session, with a
// second start of its notebook.
func requeuedJob(t *testing.T, g *site.Gateway) {
	bob := client.SignIn(t, g.URL, "bob")
	s := bob.Ready(t, client.Small("requeued"))
	g.Cluster.Slurm(t, "scontrol", "requeue", s.JobID)
	queued := bob.Await(t, s, time.Minute, "Queued")
	if a := bob.Get(t, s.At("api")); a.Status != http.StatusServiceUnavailable {
		t.Errorf("the notebook of a job that waits again: %s", a)
	}
	if queued.JobID != s.JobID || queued.ReadyAt != nil && !queued.ReadyAt.Equal(*s.ReadyAt) {
		t.Errorf("back in the queue the session is %+v", queued)
	}
	// Slurm lets a job that was requeued wait for two minutes; an admin need not.
	await.That(t, time.Minute, "the job to start again", func() error {
		_, err := g.Cluster.TrySlurm("scontrol", "update", "JobId="+s.JobID, "StartTime=now")
		if now := bob.Show(t, s); now.State == "Queued" {
			return errors.Join(fmt.Errorf("it waits: %s", now.Headline), err)
		}
		return nil
	})
	again := bob.Await(t, s, time.Minute, "Ready")
	if again.Attempt != 2 || again.JobID != s.JobID || again.ID != s.ID {
		t.Errorf("the second start is %+v", again)
	}
	if a := bob.Get(t, s.At("api/status")); a.Status != http.StatusOK {
		t.Errorf("its notebook: %s", a)
	}
}
