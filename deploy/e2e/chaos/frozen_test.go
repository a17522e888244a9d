package chaos

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/client"
)

// frozenFor is how long the controller stands still.
const frozenFor = 30 * time.Second

// TestProofFrozenController stops the controller in the middle of everything:
// its connections are accepted and never answered, and what was asked meanwhile
// it does when it goes on.
func TestProofFrozenController(t *testing.T) {
	l := newLane(t, "frozen", nil)
	l.start(t, "")
	s := l.put(t, "alice", "steady", "cpu", 1)
	s = l.users["alice"].Await(t, s, time.Minute, "Ready")
	before := l.snapshot(t)
	ticks := l.follow(t, s)

	since := time.Now()
	thaw := l.freeze(t)
	answers := l.launch(t, "caught", 4) // by a gateway that does not know yet
	await.That(t, time.Minute, "the gateway to say so", func() error {
		return errors.Join(l.open(t, s), l.saysDown(t))
	})
	if said := l.downSince(t); said.Before(since.Truncate(time.Millisecond)) || time.Since(said) > time.Since(since) {
		t.Errorf("down since %s; the controller was stopped at %s", said, since)
	}
	var launches []launch
	for a := range answers {
		if launches = append(launches, a); a.status != http.StatusServiceUnavailable {
			t.Errorf("%s is answered %d", a.name, a.status)
		}
	}
	await.That(t, time.Minute, "the time to pass", func() error {
		if err := errors.Join(l.open(t, s), l.saysDown(t), l.same(t, s, before)); err != nil {
			return await.Never("%w", err)
		}
		l.refuses(t)
		if left := frozenFor - time.Since(since); left > 0 {
			return fmt.Errorf("%s are left", left)
		}
		return nil
	})
	thaw()
	took := await.That(t, time.Minute, "the scheduler to answer again", func() error {
		if since := l.downSince(t); !since.IsZero() {
			return fmt.Errorf("down since %s", since)
		}
		return l.same(t, s, before)
	})
	t.Logf("known again %s after the controller went on", took.Round(time.Millisecond))

	// Of the launches that it was caught in nothing is left, although the
	// controller may have done what it was asked.
	launches = append(launches, launch{name: "steady", owner: "alice", status: http.StatusCreated})
	var v verdict
	took, err := await.Until(t.Context(), settleWithin, func() error {
		list, err := l.sessions(t)
		if err != nil {
			return err
		}
		if v = judge(launches, list, l.queue(t)); len(v.lost) > 0 {
			return fmt.Errorf("%s", strings.Join(v.lost, "; "))
		}
		return nil
	})
	if err != nil || len(v.doubled)+len(v.untrue) > 0 || v.running != 1 {
		t.Errorf("%+v, %v", v, err)
	}
	t.Logf("caught launches: %d ended, %d without a row, %d had a job, settled after %s", v.ended, v.none, v.jobs-1, took.Round(time.Millisecond))
	l.put(t, "bob", "afterwards", "cpu", 1)
	if n, err := ticks(); err != nil || n < int(frozenFor/time.Second) {
		t.Errorf("the stream through the tunnel: %d numbers, %v", n, err)
	} else {
		t.Logf("the stream through the tunnel went on: %d numbers in order", n)
	}
	l.drain(t)
}

// freeze stops the cluster's controller until thaw is called or the test ends.
func (l *lane) freeze(t testing.TB) (thaw func()) {
	t.Helper()
	pid := l.controller(t)
	thaw = func() {
		if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGCONT) })
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	return thaw
}

// controller is the process that slurmctld has written down.
func (l *lane) controller(t testing.TB) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(l.Cluster.Dir, "slurm", "state", "slurmctld.pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil || strings.TrimSpace(string(comm)) != "slurmctld" {
		t.Fatalf("process %d is %q, %v", pid, comm, err)
	}
	return pid
}

// same compares one session with what it was; others may come and go.
func (l *lane) same(t testing.TB, s client.Session, before map[string]facts) error {
	t.Helper()
	if now := l.snapshot(t)[s.ID]; now != before[s.ID] {
		return await.Never("the session was %+v and is %+v", before[s.ID], now)
	}
	return nil
}

// follow reads the numbers that a session's app streams, until the returned
// function ends it: that says how many came in order, and what was wrong.
func (l *lane) follow(t testing.TB, s client.Session) func() (int, error) {
	t.Helper()
	user := *l.users[s.Owner].HTTP
	user.Timeout = 0
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.URL+s.At("ticks"), nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := user.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		t.Fatalf("the app's stream: %s", response.Status)
	}
	type outcome struct {
		n   int
		err error
	}
	enough, done := make(chan struct{}), make(chan outcome, 1)
	go func() {
		n, err := count(response.Body, enough)
		done <- outcome{n, err}
	}()
	return func() (int, error) {
		close(enough)
		o := <-done
		_ = response.Body.Close()
		return o.n, o.err
	}
}

// count reads numbers in order until somebody has enough.
func count(body io.Reader, enough <-chan struct{}) (int, error) {
	for n := 0; ; n++ {
		var got int
		if _, err := fmt.Fscanln(body, &got); err != nil {
			return n, fmt.Errorf("it breaks off: %w", err)
		}
		if got != n {
			return n, fmt.Errorf("%d follows %d", got, n-1)
		}
		select {
		case <-enough:
			return n, nil
		default:
		}
	}
}
