package fault

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// data is two gateways with a database server of their own.
type data struct {
	*site.Gateway
	other *site.Gateway
	pg    *postgres
	alice *client.Client
	s     client.Session // hers, which runs through all of it
	who   who
}

// TestTheDatabase restarts, crashes and silences the database while people work.
func TestTheDatabase(t *testing.T) {
	t.Parallel()
	d := &data{pg: newPostgres(t)}
	apps := lightApp(t)
	var key string
	d.Gateway = site.Prepare(t, "database", func(c *site.Config) {
		key = "key_file: " + filepath.Join(c.StateDir, "shared.key")
		c.Apps, c.DatabaseURL, c.More = apps, d.pg.URL, key
	})
	d.other = site.Prepare(t, "database-2", func(c *site.Config) {
		c.Apps, c.DatabaseURL, c.More, c.Installation = apps, d.pg.URL, key+"\ndrain_notice: 1s", d.Installation
	})
	d.migrations(t)
	for _, g := range []*site.Gateway{d.Gateway, d.other} {
		g.Run(t)
		g.AwaitReady(t)
	}
	d.alice = client.SignIn(t, d.URL, "alice")
	d.s = d.alice.Ready(t, on(onC3, light("steady")))
	d.who = ask(t, d.alice, d.s)
	await.That(t, 20*time.Second, "the agent to be connected to both", func() error {
		if len(linesOf(d.other.Log(t), `msg="agent connected"`, d.s.ID)) == 0 {
			return errors.New("it is not")
		}
		return nil
	})
	t.Run("is restarted", func(t *testing.T) {
		// For so long that each gateway could think that the other is gone.
		d.away(t, 14*time.Second, func() { d.pg.stop(t, syscall.SIGINT) }, func() { d.pg.start(t) })
	})
	t.Run("crashes", func(t *testing.T) {
		d.away(t, 5*time.Second, func() { d.pg.stop(t, syscall.SIGQUIT) }, func() { d.pg.start(t) })
	})
	t.Run("is silent", func(t *testing.T) {
		d.away(t, 8*time.Second, func() { d.pg.way.Freeze(t) }, func() { d.pg.way.Thaw(t) })
	})
	d.alice.Stop(t, d.s)
	d.Cluster.AwaitGone(t, d.s.JobID)
	if jobs := d.Jobs(t); len(jobs) > 0 {
		t.Errorf("jobs are left: %v", jobs)
	}
}

// migrations brings an empty database's schema up to date several times at once.
func (d *data) migrations(t *testing.T) {
	t.Helper()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if out, code := d.Berth(t, "", "migrate"); code != 0 {
				t.Errorf("one of several migrations: exit status %d: %s", code, out)
			}
		})
	}
	all.Wait()
	out, code := d.Berth(t, "", "migrate", "status")
	var has, needs int
	if _, err := fmt.Sscanf(out, "schema %d, this berth needs %d", &has, &needs); err != nil || code != 0 || has != needs || has == 0 {
		t.Fatalf("after the migrations: %s (exit status %d)", out, code)
	}
}

// away takes the database away for a while, under load.
func (d *data) away(t *testing.T, outage time.Duration, take, give func()) {
	ending := d.alice.Ready(t, on(onC3, light("ending-"+strings.ReplaceAll(filepath.Base(t.Name()), "_", "-"))))
	endingPID := ask(t, d.alice, ending).PID
	// Those at work go on; pages and operations are answered 200 or 503.
	work := startLoad(t, d.alice, d.s.At("who"), d.s.At("slow?for=100ms"))
	beside := startLoad(t, through(d.alice, d.other), d.s.At("who"), d.s.At("slow?for=100ms"))
	pages := startLoad(t, d.alice, "/", d.s.Page(), "/api/v1/sessions", d.s.Path(), "/readyz")
	talk := startChat(t, d.alice, d.s)
	launches := d.launchAllTheTime(t)
	await.That(t, 10*time.Second, "a load", func() error {
		if len(work.soFar()) < 20 || len(beside.soFar()) < 20 || len(pages.soFar()) < 20 || talk.count() < 10 {
			return fmt.Errorf("it begins")
		}
		return nil
	})
	logs := []int{len(d.Log(t)), len(d.other.Log(t))}
	taken := time.Now()
	take()
	kill(t, endingPID, syscall.SIGKILL) // nobody can write this down now
	await.That(t, 2*outage, "a while", func() error {
		if time.Since(taken) < outage {
			return errEarly
		}
		return nil
	})
	gone := time.Since(taken)
	given := time.Now()
	give()
	back := d.AwaitReady(t)
	await.That(t, 30*time.Second, "the pages to come back", func() error {
		last := pages.soFar()
		for _, r := range last[max(0, len(last)-10):] {
			if !ok(r) || r.sent.Before(given) {
				return fmt.Errorf("%s", r)
			}
		}
		return nil
	})
	recovered := time.Since(given)
	d.awaitEnd(t, ending)
	made := launches()
	working, looking := append(work.finish(), beside.finish()...), pages.finish()
	t.Logf("away for %s; ready %s, all pages well %s after its return", gone.Round(time.Millisecond), back.Round(time.Millisecond), recovered.Round(time.Millisecond))
	t.Logf("at work: %s", working.counts())
	t.Logf("pages and operations: %s", looking.counts())
	if bad := working.except(ok); len(bad) > 0 {
		t.Errorf("somebody at work was disturbed:%s", bad)
	}
	if longest := working.longest(); longest > 6*time.Second {
		t.Errorf("somebody at work waited %s", longest)
	}
	refused := func(r reply) bool {
		return r.status == http.StatusServiceUnavailable && (r.retryAfter != "" || r.path == "/readyz")
	}
	if bad := looking.except(ok).except(refused); len(bad) > 0 {
		t.Errorf("pages and operations failed otherwise:%s", bad)
	}
	if all := looking.except(func(r reply) bool { return !refused(r) }); len(all) == 0 {
		t.Error("nobody was told that the database is away")
	}
	rounds, longest, err := talk.finish()
	if err != nil {
		t.Errorf("a WebSocket ended: %v", err)
	}
	t.Logf("a WebSocket: %d rounds, the longest %s", rounds, longest.Round(time.Millisecond))
	for i, g := range []*site.Gateway{d.Gateway, d.other} {
		if lines := linesOf(g.Log(t)[logs[i]:], "agent disconnected", d.s.ID); len(lines) > 0 {
			t.Errorf("%s: the agent's connection was given up: %s", g.Name, lines)
		}
	}
	d.nothingLost(t, made)
}

// awaitEnd waits for the end that came while nobody could write it down.
func (d *data) awaitEnd(t *testing.T, s client.Session) {
	t.Helper()
	began := time.Now()
	ended := d.alice.Await(t, s, time.Minute, "Ended")
	t.Logf("an end that came meanwhile is known %s after that: %s", time.Since(began).Round(time.Millisecond), ended.Detail)
	if ended.Reason != "failed" {
		t.Errorf("what was killed meanwhile ended as %+v", ended)
	}
}

// mostMade sessions are launched in each outage.
const mostMade = 4

// launchAllTheTime launches sessions one after the other. The function ends that
// and returns what was answered 201.
func (d *data) launchAllTheTime(t *testing.T) func() []client.Session {
	t.Helper()
	bob := client.SignIn(t, d.URL, "bob")
	stop, done := make(chan struct{}), make(chan []client.Session, 1)
	go func() {
		ticker := time.NewTicker(500 * time.Millisecond)
		defer ticker.Stop()
		var made []client.Session
		for n := 0; ; n++ {
			if len(made) >= mostMade {
				<-stop
				done <- made
				return
			}
			a, err := bob.Try(t, http.MethodPost, "/api/v1/sessions", strings.NewReader(fmt.Sprintf(
				`{"name":"l-%d-%d","app":"light","queue":%q,"cpus":1,"memory":"64M"}`, time.Now().Unix(), n, onC3)), "Content-Type", "application/json")
			switch {
			case err != nil:
				t.Errorf("a launch: %v", err)
			case a.Status == http.StatusCreated:
				var s client.Session
				a.Must(t, http.StatusCreated, &s)
				made = append(made, s)
			case a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "":
				t.Errorf("a launch: %s", a)
			}
			select {
			case <-stop:
				done <- made
				return
			case <-ticker.C:
			}
		}
	}()
	var once sync.Once
	end := func() []client.Session {
		once.Do(func() { close(stop) })
		return <-done
	}
	return end
}

// nothingLost compares bob's sessions with the scheduler's jobs and ends them.
func (d *data) nothingLost(t *testing.T, made []client.Session) {
	t.Helper()
	bob := client.SignIn(t, d.URL, "bob")
	type list struct{ Sessions []client.Session }
	var live []client.Session
	await.That(t, 90*time.Second, "every launch to be one job or none", func() error {
		var all list
		bob.Get(t, "/api/v1/sessions").Must(t, http.StatusOK, &all)
		live = nil
		jobs := map[string]bool{}
		for _, s := range all.Sessions {
			switch s.State {
			case "Requested", "Starting", "Queued":
				return fmt.Errorf("%s is %s (%s)", s.Name, s.State, s.Headline)
			case "Ready":
				live = append(live, s)
				jobs[s.JobID] = true
			}
		}
		have := d.Jobs(t)
		if len(jobs) != len(live) || len(have) != len(live)+1 { // and alice's
			return fmt.Errorf("%d live sessions with %d jobs, and %d jobs in the queue", len(live), len(jobs), len(have))
		}
		return nil
	})
	for _, s := range made {
		if now := bob.Show(t, s); now.State != "Ready" {
			t.Errorf("a launch that was confirmed is %+v", now)
		}
	}
	t.Logf("%d launches were confirmed, %d sessions live", len(made), len(live))
	for _, s := range live {
		bob.Send(t, http.MethodDelete, s.Path(), nil)
	}
	for _, s := range live {
		bob.Await(t, s, time.Minute, "Ended")
		d.Cluster.AwaitGone(t, s.JobID)
	}
	if now := d.alice.Show(t, d.s); now.State != "Ready" || !now.Connected || now.Attempt != 1 {
		t.Errorf("the session that runs through all of it is %+v", now)
	}
	if now := ask(t, d.alice, d.s); now != d.who {
		t.Errorf("its app was %+v and is %+v", d.who, now)
	}
}
