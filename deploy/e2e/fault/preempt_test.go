package fault

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// TestAPreemption runs a session on a borrowed node until somebody with a better
// right to its GPUs comes. The session waits and comes back under the same
// address, with a new start of its app.
func TestAPreemption(t *testing.T) {
	t.Parallel()
	g := startSite(t, "preempt", func(c *site.Config) { c.SubmitArgs = []string{"--nodelist=c1"} })
	alice, bob := client.SignIn(t, g.URL, "alice"), client.SignIn(t, g.URL, "bob")
	gpus := func(n int, request map[string]any) map[string]any {
		request["gpus"], request["gpu_type"] = n, "a100"
		return request
	}
	s := alice.Ready(t, gpus(4, on("scavenge", light("borrowing"))))
	before := ask(t, alice, s)
	events := alice.Follow(t, s.Path()+"/events")
	owner := bob.Ready(t, gpus(1, on(onC1, light("owning"))))
	waiting := alice.Await(t, s, 30*time.Second, "Queued")
	if waiting.Attempt != 2 || waiting.JobID != s.JobID || waiting.Connected || waiting.ReadyAt != nil || waiting.Node != "" {
		t.Errorf("the preempted session is %+v", waiting)
	}
	events.Until(t, 10*time.Second, "the waiting in the stream", says("Queued"))
	if a := alice.Get(t, s.At("who")); a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
		t.Errorf("while it waits: %s", a)
	}
	awaitProcess(t, before.PID, false)
	awaitProcess(t, before.Parent, false)

	startNow(t, g, s)
	await.That(t, 30*time.Second, "the job to be kept from the node", func() error {
		if reason := jobReason(t, g, s); reason != "Resources" && reason != "Priority" {
			return fmt.Errorf("it waits for %s", reason)
		}
		return nil
	})
	if now := alice.Show(t, s); now.State != "Queued" {
		t.Errorf("while somebody else has its GPUs it is %s", now.State)
	}
	bob.Stop(t, owner)
	ready := alice.Await(t, s, time.Minute, "Ready")
	after := ask(t, alice, s)
	if ready.Attempt != 2 || ready.JobID != s.JobID || ready.URL != s.URL || after.PID == before.PID || after.Restarts != "1" {
		t.Errorf("the session that came back is %+v, its app %+v", ready, after)
	}
	alice.Stop(t, s)
	g.Cluster.AwaitGone(t, s.JobID)
}

// TestPreemptedForGood is a session whose job may not be requeued: it ends, and
// says why.
func TestPreemptedForGood(t *testing.T) {
	t.Parallel()
	g := startSite(t, "cancelpreempt", func(c *site.Config) { c.SubmitArgs = []string{"--nodelist=c3", "--no-requeue"} })
	carol, dave := client.SignIn(t, g.URL, "carol"), client.SignIn(t, g.URL, "dave")
	request := on("scavenge", light("borrowing"))
	request["memory"] = "20G" // of a node's 32
	s := carol.Ready(t, request)
	request = on(onC3, light("owning"))
	request["memory"] = "20G"
	dave.Ready(t, request)
	ended := carol.Await(t, s, time.Minute, "Ended")
	t.Logf("%s", ended.Detail)
	if ended.Reason != "preempted" {
		t.Errorf("it ended as %+v", ended)
	}
}
