package chaos

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
)

// TestForgottenStop kills gateways that have written down that a session is to
// end and have not told anybody. The next one's first round makes up for it,
// whether the session waits or runs.
func TestForgottenStop(t *testing.T) {
	t.Parallel()
	l := newLane(t, "stop", nil)
	for _, queued := range []bool{false, true} {
		l.start(t, "after_stopping")
		name, want := "running", "Ready"
		if queued {
			name, want = "waiting", "Queued"
			l.bin.set(t, "sbatch", "later 0")
		}
		alice := l.users["alice"]
		s := alice.Await(t, l.put(t, "alice", name, "cpu", 1), time.Minute, want)
		l.bin.set(t, "sbatch", through)
		if a, err := alice.Try(t, http.MethodDelete, s.Path(), nil); err == nil {
			t.Errorf("the gateway that dies answers %s", a)
		}
		if !l.died() {
			t.Fatal("it lives")
		}
		if left := l.liveJobs(t, s); len(left) != 1 {
			t.Errorf("jobs %v live", left)
		}
		l.start(t, "")
		took := await.That(t, 15*time.Second, "its job to be gone", func() error {
			if left := l.liveJobs(t, s); len(left) > 0 {
				return fmt.Errorf("jobs %v live", left)
			}
			return nil
		})
		t.Logf("%s: gone %s after the next gateway was ready", name, took.Round(time.Millisecond))
		if ended := alice.Await(t, s, 15*time.Second, "Ended"); ended.Reason != "stopped" {
			t.Errorf("it ended as %+v", ended)
		}
		l.Kill(t)
	}
}
