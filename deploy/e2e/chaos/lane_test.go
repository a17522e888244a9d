package chaos

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

var people = []string{"alice", "bob", "carol", "dave"}

// lane is a gateway with commands that can misbehave, and the people who use
// it. It is killed and started again and keeps its database.
type lane struct {
	*site.Gateway
	bin   *bin
	users map[string]*client.Client
}

// patience is short, so that what an interrupted launch has made is soon found.
const patience = `
reconcile: {submit_after: 3s, unfound_after: 2s, orphan_interval: 2s}
`

// newLane prepares a gateway and does not start it.
func newLane(t testing.TB, name string, edit func(*site.Config)) *lane {
	t.Helper()
	b := build(t)
	l := &lane{bin: newBin(t, site.Need(t), name), users: map[string]*client.Client{}}
	l.Gateway = site.Prepare(t, name, func(c *site.Config) {
		c.Binary, c.BinDir = b.berth, l.bin.dir
		c.PollInterval, c.CommandTimeout = 500*time.Millisecond, 3*time.Second
		c.Apps = fmt.Sprintf("  - {id: tiny, name: Tiny, command: [%q, %s, \"${SOCKET}\"], env: {CHAOS_BASE: \"${BASE_PATH}\"}, ready_path: ready}\n", b.app, appCommand)
		c.More = patience
		if edit != nil {
			edit(c)
		}
	})
	return l
}

// start starts the gateway, with a fail point or without, and waits until it
// takes launches.
func (l *lane) start(t testing.TB, point string) {
	t.Helper()
	l.Env = nil
	if point != "" {
		l.Env = []string{"BERTH_FAILPOINT=" + point}
	}
	l.Run(t)
	l.AwaitReady(t)
	if len(l.users) == 0 { // logins outlive the gateway
		for _, user := range people {
			l.users[user] = client.SignIn(t, l.URL, user)
		}
	}
}

// tiny is a request for a session that costs little.
func tiny(name string) map[string]any {
	return map[string]any{"name": name, "app": "tiny", "queue": "cpu", "cpus": 1, "memory": "256M", "time_limit": "30m"}
}

// launch sends n requests at once, spread over the people. The answers come
// through the channel; it is closed after the last one.
func (l *lane) launch(t testing.TB, prefix string, n int) <-chan launch {
	t.Helper()
	done := make(chan launch, n)
	var all sync.WaitGroup
	for i := range n {
		user := l.users[people[i%len(people)]]
		all.Go(func() {
			made := launch{name: fmt.Sprintf("%s-%d", prefix, i), owner: user.User}
			body, _ := json.Marshal(tiny(made.name))
			a, err := user.Try(t, http.MethodPost, "/api/v1/sessions", strings.NewReader(string(body)), "Content-Type", "application/json")
			if err == nil {
				made.status = a.Status
			}
			done <- made
		})
	}
	go func() {
		all.Wait()
		close(done)
	}()
	return done
}

// sessions are everybody's; those of people whose list cannot be read are an
// error.
func (l *lane) sessions(t testing.TB) ([]client.Session, error) {
	t.Helper()
	var all []client.Session
	for _, user := range people {
		a, err := l.users[user].Try(t, http.MethodGet, "/api/v1/sessions", nil)
		if err != nil {
			return nil, err
		}
		var list struct{ Sessions []client.Session }
		if a.Status != http.StatusOK {
			return nil, fmt.Errorf("%s", a)
		}
		if err := json.Unmarshal(a.Body, &list); err != nil {
			return nil, err
		}
		all = append(all, list.Sessions...)
	}
	return all, nil
}

// queue is every job with a tag of this gateway's that the scheduler remembers.
func (l *lane) queue(t testing.TB) []job {
	t.Helper()
	return jobsOf(l.Installation, l.Cluster.Slurm(t, "squeue", "-h", "-t", "all", "-o", "%A|%u|%T|%j"))
}

// submitting counts the calls of sbatch that have not ended; they may be older
// than the gateway.
func (l *lane) submitting() int {
	n := 0
	for _, argv := range site.Table("cmdline") {
		if strings.Contains(argv, l.bin.path("sbatch")) {
			n++
		}
	}
	return n
}

// drain stops every live session and waits until no job of theirs is left.
func (l *lane) drain(t testing.TB) {
	t.Helper()
	await.That(t, 2*time.Minute, l.Name+" to be without sessions and jobs", func() error {
		list, err := l.sessions(t)
		if err != nil {
			return err
		}
		live := 0
		var all sync.WaitGroup
		for _, s := range list {
			if s.State == "Ended" {
				continue
			}
			if live++; s.State != "Stopping" {
				all.Go(func() { _, _ = l.users[s.Owner].Try(t, http.MethodDelete, s.Path(), nil) })
			}
		}
		all.Wait()
		for _, j := range l.queue(t) {
			if j.live() {
				live++
			}
		}
		if live > 0 {
			return fmt.Errorf("%d sessions and jobs are left", live)
		}
		return nil
	})
}

// clear cancels what berth has lost, so that the next round begins with nothing.
func (l *lane) clear(t testing.TB) {
	t.Helper()
	for _, j := range l.queue(t) {
		if j.live() {
			l.Cluster.Slurm(t, "scancel", j.id)
		}
	}
}
