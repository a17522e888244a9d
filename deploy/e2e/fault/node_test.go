package fault

import (
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// lostNode is the node whose daemon is killed. Other jobs get it only when c1 is
// full.
const lostNode = "c2"

// TestALostNode kills a node's daemon. Its jobs go on there, out of the
// scheduler's sight, until it gives the node up: then one session moves to
// another node and its older agent must go; the other, whose job may not be
// requeued, has ended.
func TestALostNode(t *testing.T) {
	t.Parallel()
	site.Need(t).Slurm(t, "scontrol", "update", "NodeName="+lostNode, "Weight=1000")
	g := startSite(t, "node", func(c *site.Config) { c.SubmitArgs = []string{"--nodelist=" + lostNode} })
	alice := client.SignIn(t, g.URL, "alice")
	moving, ending := alice.Launch(t, on(onC1, light("moving"))), alice.Launch(t, on(onC1, light("ending")))
	moving, ending = alice.Await(t, moving, time.Minute, "Ready"), alice.Await(t, ending, time.Minute, "Ready")
	g.Cluster.Slurm(t, "scontrol", "update", "JobId="+ending.JobID, "Requeue=0")
	before, other := ask(t, alice, moving), ask(t, alice, ending)
	if before.Node != lostNode || other.Node != lostNode {
		t.Fatalf("the sessions are on %s and %s", before.Node, other.Node)
	}

	t.Cleanup(func() { startSlurmd(t, g.Cluster) })
	kill(t, g.Cluster.Process(t, "slurmd\x00", "-N\x00"+lostNode+"\x00"), syscall.SIGKILL)
	killed := time.Now()
	lost := await.That(t, 3*time.Minute, "the scheduler to give the node up", func() error {
		now := alice.Show(t, moving)
		if now.State == "Ready" {
			if w := ask(t, alice, moving); w != before {
				return await.Never("the app has changed to %+v", w)
			}
		}
		if now.State != "Queued" {
			return fmt.Errorf("the session is %s", now.State)
		}
		return nil
	})
	t.Logf("the scheduler gave the node up after %s", lost.Round(time.Millisecond))
	if now := alice.Show(t, moving); now.Attempt != 2 || now.JobID != moving.JobID || now.Connected {
		t.Errorf("the session that was requeued is %+v", now)
	}
	ended := alice.Await(t, ending, 30*time.Second, "Ended")
	if ended.Reason != "node_fail" {
		t.Errorf("the session whose job is not requeued ended as %+v", ended)
	}
	for _, w := range []who{before, other} {
		awaitProcess(t, w.PID, false)
		awaitProcess(t, w.Parent, false)
	}
	if lines := linesOf(g.Log(t), "agent disconnected", moving.ID, "reason=superseded"); len(lines) != 1 {
		t.Errorf("the older agent was not told: %s", lines)
	}
	if a := alice.Get(t, moving.At("who")); a.Status != http.StatusServiceUnavailable {
		t.Errorf("while it waits: %s", a)
	}

	g.Cluster.Slurm(t, "scontrol", "update", "JobId="+moving.JobID, "ReqNodeList=c1")
	startNow(t, g, moving)
	ready := alice.Await(t, moving, time.Minute, "Ready")
	after := ask(t, alice, moving)
	if ready.Attempt != 2 || ready.URL != moving.URL || after.Node == lostNode || after.PID == before.PID || after.Restarts != "1" {
		t.Errorf("the session that moved is %+v, its app %+v", ready, after)
	}
	t.Logf("it is on %s %s after the node was lost", after.Node, time.Since(killed).Round(time.Millisecond))
	startSlurmd(t, g.Cluster)
	if now := ask(t, alice, moving); now != after {
		t.Errorf("when the node is back the app is %+v, and was %+v", now, after)
	}
	alice.Stop(t, moving)
}

// startSlurmd starts the node's daemon again, if it is not there, and waits
// until the node may be used.
func startSlurmd(t *testing.T, c site.Cluster) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	state := func() string {
		out, _ := exec.CommandContext(ctx, "sinfo", "-h", "-n", lostNode, "-o", "%T").Output()
		return strings.Fields(string(out) + " unknown")[0]
	}
	if running := site.Table("cmdline"); !anyHas(running, "slurmd\x00", "-N\x00"+lostNode+"\x00") {
		if out, err := exec.CommandContext(ctx, "slurmd", "-N", lostNode, "-f", c.SlurmConf).CombinedOutput(); err != nil {
			t.Errorf("slurmd: %v: %s", err, out)
		}
	}
	if _, err := await.Until(ctx, time.Minute, func() error {
		if now := state(); now != "idle" && now != "mixed" {
			return fmt.Errorf("it is %s", now)
		}
		return nil
	}); err != nil {
		t.Errorf("the node does not come back: %v", err)
	}
}

func anyHas(table map[int]string, texts ...string) bool {
	for _, argv := range table {
		if len(linesOf(argv, texts...)) > 0 {
			return true
		}
	}
	return false
}
