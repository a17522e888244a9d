package chaos

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
)

// result is what became of one round.
type result struct {
	fault    fault
	launches int
	answered int // with 201
	verdict
	died    bool
	settled time.Duration // from the last answer until everything was decided
}

// settleWithin is how long a round may be undecided: orphans are given time to
// go by themselves.
const settleWithin = 90 * time.Second

// round launches n sessions while the fault is there, and waits until every one
// has exactly one job or has Ended with words.
func (l *lane) round(t testing.TB, f fault, prefix string, n int) result {
	t.Helper()
	r := result{fault: f, launches: n}
	if f.sbatch != "" {
		l.bin.set(t, "sbatch", f.sbatch)
	}
	l.start(t, f.point)
	answers := l.launch(t, prefix, n)
	if f.kill > 0 {
		timer := time.NewTimer(f.kill)
		defer timer.Stop()
		<-timer.C
		l.Kill(t)
	}
	var launches []launch
	for a := range answers {
		launches = append(launches, a)
		if a.status/100 == 2 {
			r.answered++
		}
	}
	if f.point != "" {
		r.died = l.died()
	}
	l.bin.set(t, "sbatch", through)
	if f.point != "" || f.kill > 0 {
		if !r.died && f.kill == 0 { // every launch was refused before it
			l.Kill(t)
		}
		l.start(t, "")
	}
	var err error
	r.settled, err = await.Until(t.Context(), settleWithin, func() error {
		list, err := l.sessions(t)
		if err != nil {
			return err
		}
		r.verdict = judge(launches, list, l.queue(t))
		if left := l.submitting(); left > 0 {
			return fmt.Errorf("%d calls of sbatch have not ended", left)
		}
		if len(r.lost) > 0 {
			return fmt.Errorf("%s", strings.Join(r.lost, "; "))
		}
		return nil
	})
	if bad := slices.Concat(r.lost, r.doubled, r.untrue); err != nil || len(bad) > 0 {
		t.Errorf("%s (%+v): after %s: %v\n%s", prefix, f, r.settled.Round(time.Second), err, strings.Join(bad, "\n"))
		l.clear(t)
	}
	// A launch that was cut off and has its job keeps it. One whose sbatch
	// misbehaved may have been given up before that.
	if r.wasted > 0 && f.sbatch == "" {
		t.Errorf("%s (%+v): %d sessions were not given the job that they had", prefix, f, r.wasted)
	}
	l.drain(t)
	// What has come to an end may still show that it should never have been.
	list, err := l.sessions(t)
	if err != nil {
		t.Fatal(err)
	}
	late := judge(launches, list, l.queue(t))
	r.jobs = max(r.jobs, late.jobs)
	if len(late.doubled) > len(r.doubled) {
		t.Errorf("%s (%+v): %s", prefix, f, strings.Join(late.doubled, "\n"))
		r.doubled = late.doubled
	}
	l.Kill(t)
	return r
}

// died reports whether the fail point has ended the gateway. Those that answered
// nobody may take a moment.
func (l *lane) died() bool {
	select {
	case <-l.Ended():
		return true
	case <-time.After(2 * time.Second):
		return false
	}
}
