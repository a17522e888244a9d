package fault

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// startSite starts a gateway with the light app.
func startSite(t *testing.T, name string, edit func(*site.Config)) *site.Gateway {
	t.Helper()
	apps := lightApp(t)
	return site.Start(t, name, func(c *site.Config) {
		c.Apps = apps
		if edit != nil {
			edit(c)
		}
	})
}

// TestARequeue puts a running job back into the queue. The session waits again
// and comes back under the same address, as a new attempt.
func TestARequeue(t *testing.T) {
	t.Parallel()
	g := startSite(t, "requeue", nil)
	alice := client.SignIn(t, g.URL, "alice")
	s := alice.Ready(t, light("requeued"))
	before := ask(t, alice, s)
	events := alice.Follow(t, s.Path()+"/events")
	talk := startChat(t, alice, s)

	g.Cluster.Slurm(t, "scontrol", "requeue", s.JobID)
	queued := alice.Await(t, s, 30*time.Second, "Queued")
	if queued.Attempt != 2 || queued.JobID != s.JobID || queued.Connected || queued.ReadyAt != nil || queued.Node != "" {
		t.Errorf("the session that waits again is %+v", queued)
	}
	if err := talk.awaitEnd(t, 10*time.Second); err == nil {
		t.Error("a WebSocket outlived its app")
	}
	if a := alice.Get(t, s.At("who")); a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
		t.Errorf("while it waits: %s", a)
	}
	events.Until(t, 10*time.Second, "the waiting in the stream", says("Queued"))
	startNow(t, g, s)
	ready := alice.Await(t, s, time.Minute, "Ready")
	if ready.Attempt != 2 || ready.JobID != s.JobID || ready.URL != s.URL || ready.Name != s.Name {
		t.Errorf("the session that came back is %+v", ready)
	}
	events.Until(t, 10*time.Second, "the return in the stream", says("Ready"))
	after := ask(t, alice, s)
	if after.PID == before.PID || after.Restarts != "1" || after.Job != before.Job {
		t.Errorf("the app was %+v and is %+v", before, after)
	}
	awaitProcess(t, before.PID, false)
	alice.Stop(t, s)
	g.Cluster.AwaitGone(t, s.JobID)
}

// startNow lets a requeued job start soon: Slurm keeps it back for some minutes,
// and a node refuses one that it has ended within the same second.
func startNow(t *testing.T, g *site.Gateway, s client.Session) {
	t.Helper()
	await.That(t, 30*time.Second, "the job to be in the queue again", func() error {
		if state := jobState(t, g, s); state != "PENDING" {
			return fmt.Errorf("it is %s", state)
		}
		return nil
	})
	g.Cluster.Slurm(t, "scontrol", "update", "JobId="+s.JobID, "StartTime=now+2")
}

// jobState is the scheduler's word.
func jobState(t *testing.T, g *site.Gateway, s client.Session) string {
	t.Helper()
	return strings.TrimSpace(g.Cluster.Slurm(t, "squeue", "-h", "-t", "all", "-j", s.JobID, "-o", "%T"))
}

// jobReason is the scheduler's word for why the job waits.
func jobReason(t *testing.T, g *site.Gateway, s client.Session) string {
	t.Helper()
	return strings.TrimSpace(g.Cluster.Slurm(t, "squeue", "-h", "-t", "all", "-j", s.JobID, "-o", "%r"))
}

// awaitProcess waits until a process is there, or is not.
func awaitProcess(t *testing.T, pid int, there bool) {
	t.Helper()
	await.That(t, 20*time.Second, fmt.Sprintf("process %d to be there: %t", pid, there), func() error {
		_, err := os.Stat("/proc/" + strconv.Itoa(pid))
		if (err == nil) != there {
			return fmt.Errorf("/proc says there: %t", err == nil)
		}
		return nil
	})
}

// TestASuspendedJob stops a job's processes for longer than an agent may be
// silent. The session says so, and then goes on where it was.
func TestASuspendedJob(t *testing.T) {
	t.Parallel()
	g := startSite(t, "suspend", nil)
	bob := client.SignIn(t, g.URL, "bob")
	s := bob.Ready(t, on(onC3, light("suspended")))
	before := ask(t, bob, s)
	g.Cluster.Slurm(t, "scontrol", "suspend", s.JobID)
	suspended := time.Now()
	const words = "The scheduler has suspended the job"
	await.That(t, 10*time.Second, "the session to say so", func() error {
		if now := bob.Show(t, s); now.State != "Ready" || now.Headline != words {
			return fmt.Errorf("it is %s, %q", now.State, now.Headline)
		}
		return nil
	})
	began := time.Now()
	a := bob.Raw(t, http.MethodGet, s.At("who"), nil, "Accept", "text/html")
	if a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" || !a.Says(words) {
		t.Errorf("its page is %s", a)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("which it takes %s to say", took)
	}
	took := await.That(t, 80*time.Second, "the silent agent to be given up", func() error {
		if now := bob.Show(t, s); now.State != "Ready" || now.Headline != words || now.Connected {
			return fmt.Errorf("it is %+v", now)
		}
		return nil
	})
	t.Logf("the agent is given up %s after the suspension (%s)", time.Since(suspended).Round(time.Millisecond), took.Round(time.Millisecond))
	g.Cluster.Slurm(t, "scontrol", "resume", s.JobID)
	resumed := time.Now()
	await.That(t, 40*time.Second, "the app to answer again", func() error {
		if a := bob.Get(t, s.At("who")); a.Status != http.StatusOK {
			return fmt.Errorf("%s", a)
		}
		return nil
	})
	t.Logf("it answers %s after it was resumed", time.Since(resumed).Round(time.Millisecond))
	if now := ask(t, bob, s); now != before {
		t.Errorf("the app was %+v and is %+v", before, now)
	}
	await.That(t, 20*time.Second, "the session to be as before", connected(t, bob, s))
	if now := bob.Show(t, s); now.Attempt != 1 || now.Headline != "Ready" {
		t.Errorf("the session is %+v", now)
	}
}

// TestTrueCauses ends sessions in other ways than by their stop button.
func TestTrueCauses(t *testing.T) {
	t.Parallel()
	g := startSite(t, "causes", nil)
	carol := client.SignIn(t, g.URL, "carol")
	for _, c := range []struct {
		name   string
		end    func(*testing.T, client.Session)
		reason string
		signal int // 0: none is known
		detail string
	}{
		{"cancelled", func(t *testing.T, s client.Session) { g.Cluster.Slurm(t, "scancel", s.JobID) }, "cancelled", 0, "outside berth" + byRoot()},
		{"app-killed", func(t *testing.T, s client.Session) { kill(t, ask(t, carol, s).PID, syscall.SIGKILL) }, "failed", int(syscall.SIGKILL), "signal 9"},
		{"app-terminated", func(t *testing.T, s client.Session) { kill(t, ask(t, carol, s).PID, syscall.SIGTERM) }, "failed", int(syscall.SIGTERM), "signal 15"},
		{"agent-killed", func(t *testing.T, s client.Session) { kill(t, ask(t, carol, s).Parent, syscall.SIGKILL) }, "failed", int(syscall.SIGKILL), "signal 9"},
	} {
		s := carol.Ready(t, light(c.name))
		pid := ask(t, carol, s).PID
		began := time.Now()
		c.end(t, s)
		ended := carol.Await(t, s, 40*time.Second, "Ended")
		t.Logf("%s: ended %s later: %s (%s)", c.name, time.Since(began).Round(time.Millisecond), ended.Reason, ended.Detail)
		if ended.Reason != c.reason || c.signal > 0 && (ended.Signal == nil || *ended.Signal != c.signal || ended.ExitCode != nil) || !strings.Contains(ended.Detail, c.detail) {
			t.Errorf("%s ended as %+v", c.name, ended)
		}
		g.Cluster.AwaitGone(t, s.JobID)
		awaitProcess(t, pid, false)
	}
}

// byRoot is what is known of who has cancelled a job, where accounting knows.
func byRoot() string {
	if os.Getenv("BERTH_TEST_SLURM_ACCOUNTING") == "1" {
		return " by root"
	}
	return ", it is not known by whom"
}

func kill(t *testing.T, pid int, signal syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		t.Fatal(err)
	}
}

// TestATimeLimit lets a session reach its time limit.
func TestATimeLimit(t *testing.T) {
	t.Parallel()
	g := startSite(t, "limit", nil)
	dave := client.SignIn(t, g.URL, "dave")
	request := on(onC1, light("limited"))
	request["time_limit"] = "1m"
	s := dave.Ready(t, request)
	pid := ask(t, dave, s).PID
	began := time.Now()
	ended := dave.Await(t, s, 3*time.Minute, "Ended")
	t.Logf("ended after %s: %s", time.Since(began).Round(time.Second), ended.Detail)
	if ended.Reason != "timeout" || !strings.Contains(ended.Detail, "time limit") {
		t.Errorf("it ended as %+v", ended)
	}
	g.Cluster.AwaitGone(t, s.JobID)
	awaitProcess(t, pid, false)
}
