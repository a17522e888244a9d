package session_test

import (
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch/batchtest"
	"github.com/berth-hpc/berth/gateway/session"
)

// A scheduler that answers about its queues and not about jobs does not answer.
func TestBoardHearsOfPolls(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	start := now
	scheduler := batchtest.New()
	b := session.NewBoard([]string{"demo"}, map[string]session.QueueSource{"demo": scheduler}, func() time.Time { return now })
	refresh := func() { _ = b.Refresh(t.Context(), "demo") }
	down := func(since time.Time) {
		t.Helper()
		s, ok := b.Of("demo")
		if all := b.All(); !ok || !s.DownSince.Equal(since) || !all[0].DownSince.Equal(since) || (s.Err == nil) != since.IsZero() {
			t.Fatalf("down since %s (%v), want %s", s.DownSince, s.Err, since)
		}
	}
	news := func(answered, want bool) {
		t.Helper()
		if got := b.Polled("demo", answered, time.Minute); got != want {
			t.Fatalf("answered %t, news %t", answered, got)
		}
	}
	refresh()
	news(true, false)
	down(time.Time{})
	news(false, true)
	now = now.Add(30 * time.Second)
	refresh()
	news(false, false)
	down(start)
	now = now.Add(30 * time.Second)
	scheduler.SetUnavailable(true)
	refresh()
	down(start)
	news(true, true)
	down(now) // it does not answer about its queues
	scheduler.SetUnavailable(false)
	refresh()
	down(time.Time{})
	news(false, true)
	now = now.Add(time.Minute) // nobody has repeated it
	down(time.Time{})
	if b.Polled("other", false, time.Minute) {
		t.Error("news of a cluster that is not there")
	}
}
