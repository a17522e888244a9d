package cron_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/cron"
)

// work is a job that counts its runs.
type work struct {
	mu      sync.Mutex
	at      []string
	now     int
	takes   time.Duration
	answer  error
	panics  bool
	overlap bool
}

func (w *work) run(ctx context.Context) (string, error) {
	w.mu.Lock()
	w.at = append(w.at, time.Now().UTC().Format("15:04:05"))
	w.now++
	w.overlap = w.overlap || w.now > 1
	n, answer := len(w.at), w.answer
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.now--
	}()
	if w.panics {
		panic("ouch")
	}
	select {
	case <-time.After(w.takes):
	case <-ctx.Done():
		return "", ctx.Err()
	}
	return fmt.Sprintf("run %d", n), answer
}

// fail makes the runs that begin from now on fail.
func (w *work) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = err
}

func (w *work) overlapped() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.overlap
}

func (w *work) runs() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string{}, w.at...)
}

func runner(t *testing.T, m *memory, replica string, jobs ...cron.Job) *cron.Runner {
	t.Helper()
	r, err := cron.New(cron.Config{Jobs: jobs, Store: m, Zone: time.UTC, Replica: replica, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// lead runs a leader until end is called.
func lead(t *testing.T, r *cron.Runner) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); r.Lead(ctx) }()
	end = func() { cancel(); <-done }
	t.Cleanup(end)
	return end
}

// sleep lets the bubble's clock go on (from 2000-01-01 00:00:00 UTC) and
// everybody come to rest.
func sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func outcomes(runs []cron.Run) []string {
	list := []string{}
	for _, r := range runs {
		list = append(list, fmt.Sprintf("%s %s %s", r.Job, r.Due.UTC().Format("15:04:05"), r.Outcome))
	}
	return list
}

func TestJobsRunWhenTheyAreDue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, quarterly, often := newMemory(), &work{}, &work{}
		lead(t, runner(t, m, "a",
			cron.Job{Name: "quarterly", Spec: "*/15 * * * *", Run: quarterly.run},
			cron.Job{Name: "often", Spec: "@every 20s", AtOnce: true, Often: true, Run: often.run}))
		sleep(time.Minute + time.Second)
		same(t, "often", often.runs(), []string{"00:00:00", "00:00:20", "00:00:40", "00:01:00"})
		sleep(time.Hour)
		same(t, "quarterly", quarterly.runs(), []string{"00:15:00", "00:30:00", "00:45:00", "01:00:00"})
		same(t, "rows", outcomes(m.history()), []string{
			"quarterly 00:15:00 ok", "quarterly 00:30:00 ok", "quarterly 00:45:00 ok", "quarterly 01:00:00 ok",
		})
		s := m.standing("quarterly")
		if s.Last.Detail != "run 4" || s.Next.Format("15:04") != "01:15" || s.Failures != 0 || s.LastOK != s.Last.Finished {
			t.Errorf("standing %+v", s)
		}
	})
}

func TestAJobNeverOverlapsWithItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, slow := newMemory(), &work{takes: 150 * time.Second}
		job := cron.Job{Name: "slow", Spec: "* * * * *", Run: slow.run}
		r := runner(t, m, "a", job)
		lead(t, r)
		lead(t, runner(t, m, "b", job)) // as when two lead for a moment
		for range 20 {
			sleep(30 * time.Second)
			r.Poke("slow")
		}
		if slow.overlapped() {
			t.Error("two runs at once")
		}
		if n := len(slow.runs()); n < 3 {
			t.Errorf("%d runs", n)
		}
	})
}

func TestAFailingJobComesAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		bad, mad, late := &work{answer: errors.New("no luck")}, &work{panics: true}, &work{takes: time.Hour}
		lead(t, runner(t, m, "a",
			cron.Job{Name: "bad", Spec: "* * * * *", Run: bad.run},
			cron.Job{Name: "mad", Spec: "* * * * *", Run: mad.run},
			cron.Job{Name: "late", Spec: "* * * * *", Deadline: 10 * time.Second, Run: late.run}))
		sleep(3*time.Minute + 30*time.Second)
		for name, w := range map[string]*work{"bad": bad, "mad": mad, "late": late} {
			s := m.standing(name)
			if len(w.runs()) != 3 || s.Failures != 3 || s.Last.Outcome != cron.Failed || !s.LastOK.IsZero() {
				t.Errorf("%s: %d runs, %+v", name, len(w.runs()), s)
			}
		}
		for name, words := range map[string]string{"bad": "run 3; no luck", "mad": "panic: ouch", "late": "longer than 10s"} {
			if d := m.standing(name).Last.Detail; !strings.Contains(d, words) {
				t.Errorf("%s: %q", name, d)
			}
		}
	})
}

func TestOfAFrequentJobOnlyTheFirstFailureIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, w := newMemory(), &work{}
		lead(t, runner(t, m, "a", cron.Job{Name: "w", Spec: "@every 10s", AtOnce: true, Often: true, Run: w.run}))
		sleep(25 * time.Second)
		w.fail(errors.New("no luck"))
		sleep(time.Minute)
		same(t, "rows", outcomes(m.history()), []string{"w 00:00:30 failed"})
		if s := m.standing("w"); s.Failures != 6 {
			t.Errorf("%d failures", s.Failures)
		}
	})
}

func TestWhatWasMissedIsNotedOnceAndTheLatestIsRunLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, w := newMemory(), &work{}
		job := cron.Job{Name: "w", Spec: "*/10 * * * *", Run: w.run}
		end := lead(t, runner(t, m, "a", job))
		sleep(10*time.Minute + time.Second)
		end()
		sleep(5 * time.Minute) // nothing was due: nothing to say
		end = lead(t, runner(t, m, "b", job))
		sleep(time.Second)
		end()
		same(t, "before", w.runs(), []string{"00:10:00"})
		sleep(time.Hour)
		lead(t, runner(t, m, "c", job))
		synctest.Wait()
		same(t, "rows", outcomes(m.history()), []string{"w 00:10:00 ok", "w 00:20:00 missed", "w 01:10:00 ok"})
		if d := m.history()[1].Detail; !strings.HasPrefix(d, "due 5 times between 2000-01-01 00:20:00 UTC") {
			t.Errorf("the note says %q", d)
		}
		if w.runs()[1] != "01:15:02" {
			t.Errorf("run late at %s", w.runs()[1])
		}
		sleep(5 * time.Minute)
		if w.runs()[2] != "01:20:00" {
			t.Errorf("and then at %s", w.runs()[2])
		}
	})
}

func TestAJobWhoseScheduleChangedHasMissedNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, w := newMemory(), &work{}
		end := lead(t, runner(t, m, "a", cron.Job{Name: "w", Spec: "@every 5s", Run: w.run}))
		sleep(6 * time.Second)
		end()
		sleep(24 * time.Hour)
		lead(t, runner(t, m, "b", cron.Job{Name: "w", Spec: "@daily", Run: w.run}))
		sleep(time.Second)
		same(t, "rows", outcomes(m.history()), []string{"w 00:00:05 ok"})
	})
}

func TestARunThatSomebodyAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, nightly, often, off := newMemory(), &work{}, &work{}, &work{}
		r := runner(t, m, "a",
			cron.Job{Name: "nightly", Spec: "15 3 * * *", Run: nightly.run},
			cron.Job{Name: "often", Spec: "@every 1m", Often: true, Run: often.run},
			cron.Job{Name: "never", Spec: "off", Run: off.run})
		m.ask("nightly", "carol") // before anybody leads
		lead(t, r)
		sleep(10 * time.Second)
		m.ask("often", "dave")
		m.ask("never", "erin")
		r.Asked("often")
		r.Asked("")
		sleep(time.Second)
		same(t, "nightly", nightly.runs(), []string{"00:00:00"})
		same(t, "often", often.runs(), []string{"00:00:10"})
		same(t, "off", off.runs(), []string{"00:00:10"})
		by := map[string]string{}
		for _, run := range m.history() {
			by[run.Job] = run.AskedBy
		}
		same(t, "by", by, map[string]string{"nightly": "carol", "often": "dave", "never": "erin"})
		same(t, "left", m.waiting(), 0)
	})
}

func TestALeaderThatEndsCutsItsRunsOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, w := newMemory(), &work{takes: time.Hour}
		job := cron.Job{Name: "w", Spec: "*/10 * * * *", Run: w.run}
		end := lead(t, runner(t, m, "a", job))
		sleep(15 * time.Minute)
		end()
		same(t, "rows", outcomes(m.history()), []string{"w 00:10:00 cut off"})
		// Another one that dies without a word.
		m.die(cron.Run{ID: 2, Job: "w", Due: time.Now(), Started: time.Now(), Outcome: cron.Running})
		lead(t, runner(t, m, "b", job))
		sleep(time.Second)
		same(t, "rows", outcomes(m.history()), []string{"w 00:10:00 cut off", "w 00:15:00 cut off"})
		sleep(5 * time.Minute)
		same(t, "runs", w.runs(), []string{"00:10:00", "00:20:00"})
	})
}

func TestJobsGoOnWhenTheDatabaseIsBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, w := newMemory(), &work{}
		m.fail(true)
		lead(t, runner(t, m, "a", cron.Job{Name: "w", Spec: "@every 1m", AtOnce: true, Run: w.run}))
		sleep(5*time.Minute + 500*time.Millisecond)
		m.fail(false)
		sleep(2 * time.Second)
		m.fail(true)
		sleep(5 * time.Minute)
		m.fail(false)
		sleep(2 * time.Second)
		same(t, "runs", w.runs(), []string{"00:05:01", "00:10:03"})
	})
}

func TestWhatRunsEverywhereNeedsNoStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, w := newMemory(), &work{}
		m.fail(true)
		r := runner(t, m, "a", cron.Job{Name: "w", Spec: "@every 15s", Everywhere: true, Run: w.run})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); r.Everywhere(ctx) }()
		sleep(16 * time.Second)
		r.Asked("w")
		sleep(time.Second)
		cancel()
		<-done
		same(t, "runs", w.runs(), []string{"00:00:00", "00:00:15", "00:00:16"})
		m.fail(false)
		list, err := r.List(t.Context())
		if err != nil || list[0].Last.Detail != "run 3" || list[0].Next.Format("15:04:05") != "00:00:31" {
			t.Errorf("%v, %+v", err, list)
		}
	})
}

func TestRunNowWaitsForTheRunElsewhere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m, w := newMemory(), &work{takes: 30 * time.Second}
		job := cron.Job{Name: "w", Spec: "* * * * *", Run: w.run}
		lead(t, runner(t, m, "a", job))
		sleep(61 * time.Second)
		cli := runner(t, m, "command line", job)
		if _, err := cli.RunNow(t.Context(), "w", "carol", 5*time.Second); !errors.Is(err, cron.ErrElsewhere) {
			t.Errorf("it did not wait: %v", err)
		}
		run, err := cli.RunNow(t.Context(), "w", "carol", time.Minute)
		if err != nil || run.Outcome != cron.OK || run.AskedBy != "carol" || run.Replica != "command line" {
			t.Errorf("%v, %+v", err, run)
		}
		if w.overlapped() {
			t.Error("two runs at once")
		}
		if _, err := cli.RunNow(t.Context(), "x", "carol", time.Minute); !errors.Is(err, cron.ErrNoJob) {
			t.Error(err)
		}
	})
}
