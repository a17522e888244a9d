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

// everything is paths of every kind.
func everything(s client.Session) []string {
	return []string{s.At("who"), s.At("who"), s.At("slow?for=50ms"), s.Page(), s.Path(), "/api/v1/sessions"}
}

// leaderIsKilled kills the gateway that leads, while requests go through both.
func (p *pair) leaderIsKilled(t *testing.T, leader, other *site.Gateway, s client.Session) {
	t.Helper()
	dying, living := through(p.viaA, leader), through(p.viaA, other)
	before := ask(t, living, s)
	cancelled := p.ready(t, living, on(onC1, light("cancelled")))
	through1, through2 := startLoad(t, dying, everything(s)...), startLoad(t, living, everything(s)...)
	talk := startChat(t, living, s)
	mark := len(other.Log(t))
	await.That(t, 10*time.Second, "a load", func() error {
		if len(through1.soFar()) < 100 || len(through2.soFar()) < 100 || talk.count() < 20 {
			return fmt.Errorf("it begins")
		}
		return nil
	})

	killed := time.Now()
	leader.Kill(t)
	// Only the leader hears from the scheduler why this one ends.
	p.a.Cluster.Slurm(t, "scancel", cancelled.JobID)
	await.That(t, 10*time.Second, "the other to lead", func() error {
		if !leads(t, other, mark) {
			return fmt.Errorf("it does not")
		}
		return nil
	})
	led := time.Since(killed)
	ended := living.Await(t, cancelled, 10*time.Second, "Ended")
	if ended.Reason != "cancelled" {
		t.Errorf("what was cancelled while the leader died ended as %+v", ended)
	}
	t.Logf("the other leads %s after the leader was killed; a job's end was seen after %s", led.Round(time.Millisecond), time.Since(killed).Round(time.Millisecond))
	if now := living.Show(t, s); now.State != "Ready" || !now.Connected {
		t.Errorf("after the leader's death the session is %+v", now)
	}

	dead, alive := through1.finish(), through2.finish()
	t.Logf("through the living: %s", alive.counts())
	if bad := alive.except(ok); len(bad) > 0 {
		t.Errorf("through the living failed:%s", bad)
	}
	// What was answered through the dead one was answered well; of what was sent
	// before its death only the last of each worker was not.
	bad := dead.except(func(r reply) bool { return ok(r) || r.err != nil && r.sent.After(killed) })
	t.Logf("through the dead: %s, in flight %d", dead.except(func(r reply) bool { return r.sent.After(killed) }).counts(), len(bad))
	if bad := bad.except(func(r reply) bool { return r.err != nil && r.heard.After(killed) }); len(bad) > 0 {
		t.Errorf("through the dead one failed:%s", bad)
	}
	if len(bad) > len(everything(s)) {
		t.Errorf("more failed than were in flight:%s", bad)
	}
	rounds, longest, err := talk.finish()
	if err != nil {
		t.Errorf("a WebSocket through the living ended after %d rounds: %v", rounds, err)
	}
	t.Logf("a WebSocket through the living: %d rounds, the longest %s", rounds, longest.Round(time.Millisecond))
	if now := ask(t, living, s); now != before {
		t.Errorf("the app was %+v and is %+v", before, now)
	}
}

// jobOfTheDead launches through a gateway that is gone when the job starts.
func (p *pair) jobOfTheDead(t *testing.T, dead, living *site.Gateway) {
	t.Helper()
	dead.Run(t)
	dead.AwaitReady(t)
	await.That(t, 15*time.Second, "it to know the other", func() error {
		log := dead.Log(t)
		if lines := linesOf(log, "msg=gateways", dead.AgentAddr, living.AgentAddr); len(lines) < 2 {
			return fmt.Errorf("it does not")
		}
		return nil
	})
	s := through(p.viaA, dead).Launch(t, on(onC1, light("late")))
	alive := through(p.viaA, living)
	queued := alive.Await(t, s, 30*time.Second, "Queued")
	dead.Kill(t)
	began := time.Now()
	p.a.Cluster.Slurm(t, "scontrol", "release", queued.JobID)
	alive.Await(t, s, 30*time.Second, "Ready")
	t.Logf("a job whose gateway is gone was ready %s after it was let start", time.Since(began).Round(time.Millisecond))
	ask(t, alive, s)
	alive.Stop(t, s)
}

// comesBack waits until a session's agent has come back to a gateway that was
// killed and started again.
func (p *pair) comesBack(t *testing.T, g *site.Gateway, s client.Session, path string) {
	t.Helper()
	began := time.Now()
	back := through(p.viaA, g)
	await.That(t, 40*time.Second, "the agent to come back", func() error {
		if a := back.Get(t, s.At(path)); a.Status != http.StatusOK {
			return fmt.Errorf("%s", a)
		}
		return nil
	})
	t.Logf("a gateway that was down serves sessions again %s after it was ready", time.Since(began).Round(time.Millisecond))
}

// endsPolitely ends a gateway as a service manager does, under load.
func (p *pair) endsPolitely(t *testing.T, leaving, staying *site.Gateway, s client.Session) {
	t.Helper()
	viaLeaving, viaStaying := through(p.viaA, leaving), through(p.viaA, staying)
	through1, through2 := startLoad(t, viaLeaving, everything(s)...), startLoad(t, viaStaying, everything(s)...)
	readiness := startLoad(t, client.Anonymous(t, leaving.URL), "/readyz")
	talk, stays := startChat(t, viaLeaving, s), startChat(t, viaStaying, s)
	await.That(t, 10*time.Second, "a load", func() error {
		if len(through1.soFar()) < 50 || len(through2.soFar()) < 50 || len(readiness.soFar()) < 5 || talk.count() < 10 || stays.count() < 10 {
			return fmt.Errorf("it begins")
		}
		return nil
	})
	events := viaLeaving.Follow(t, s.Path()+"/events")
	slow := underWay(t, viaLeaving, s.At("slow?for="+(drainNotice+2*time.Second).String()))

	told := time.Now()
	leaving.Terminate(t)
	err := leaving.Wait(t, drainMost+5*time.Second)
	took := time.Since(told)
	if err != nil || took > drainMost {
		t.Errorf("the gateway ended after %s: %v", took, err)
	}
	if status, err := slow(); status != http.StatusOK {
		t.Errorf("a request that was under way: %d %v", status, err)
	}
	if err := talk.awaitEnd(t, time.Second); !politely(err) {
		t.Errorf("a WebSocket of the leaving gateway ended with: %v", err)
	}
	events.Ended(t, 5*time.Second)
	leavingLoad, stayingLoad, ready := through1.finish(), through2.finish(), readiness.finish()
	refused := func(r reply) bool { return r.err != nil && r.heard.Sub(told) > drainNotice }
	if bad := leavingLoad.except(ok).except(refused); len(bad) > 0 {
		t.Errorf("through the leaving gateway failed:%s", bad)
	}
	if bad := stayingLoad.except(ok); len(bad) > 0 {
		t.Errorf("through the staying gateway failed:%s", bad)
	}
	unready := ready.except(func(r reply) bool { return r.status != http.StatusServiceUnavailable })
	if len(unready) == 0 {
		t.Errorf("readiness never went: %s", ready.counts())
	} else {
		first := unready[0].heard
		served := leavingLoad.except(func(r reply) bool { return !ok(r) || r.sent.Before(first) })
		t.Logf("/readyz says 503 %s after SIGTERM; %d requests were answered after that; the process ended after %s",
			first.Sub(told).Round(time.Millisecond), len(served), took.Round(time.Millisecond))
		if len(served) == 0 {
			t.Error("nothing is served between the notice and the end")
		}
	}
	t.Logf("through the staying: %s", stayingLoad.counts())
	if rounds, longest, err := stays.finish(); err != nil {
		t.Errorf("a WebSocket of the staying gateway ended: %v", err)
	} else {
		t.Logf("a WebSocket of the staying gateway: %d rounds, the longest %s", rounds, longest.Round(time.Millisecond))
	}
	if now := viaStaying.Show(t, s); now.State != "Ready" || !now.Connected {
		t.Errorf("after one gateway's end the session is %+v", now)
	}
}
