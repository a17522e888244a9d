package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-hpc/berth/gateway/api"
	"github.com/berth-hpc/berth/gateway/session"
)

// slate is a connection that remembers what was sent, for tests on a false
// clock, which real connections do not obey.
type slate struct {
	mu       sync.Mutex
	header   http.Header
	text     strings.Builder
	deadline time.Time
	broken   bool
}

func (s *slate) Header() http.Header { return s.header }
func (s *slate) WriteHeader(int)     {}
func (s *slate) Flush()              {}

func (s *slate) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken {
		return 0, http.ErrHandlerTimeout
	}
	return s.text.Write(p)
}

func (s *slate) SetWriteDeadline(at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deadline = at
	return nil
}

// left is how long the next write may take.
func (s *slate) left() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Until(s.deadline)
}

// take is what was sent since the last time.
func (s *slate) take() string {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.text.Reset()
	return s.text.String()
}

// follow asks for a session's events on the false clock. The channel is closed
// when the stream has ended.
func (s *site) follow(ctx context.Context, user string, id session.ID) (*slate, <-chan struct{}) {
	out, done := &slate{header: http.Header{}}, make(chan struct{})
	req := httptest.NewRequestWithContext(ctx, http.MethodGet, api.Base+"/sessions/"+string(id)+"/events", nil)
	req.Header.Set("Test-Caller", user)
	go func() {
		defer close(done)
		s.engine.ServeHTTP(out, req)
	}()
	return out, done
}

func over(done <-chan struct{}) bool {
	synctest.Wait()
	select {
	case <-done:
		return true
	default:
		return false
	}
}

func TestEventsKeepTheConnectionAlive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		out, done := s.follow(t.Context(), "alice", s.launch("alice", `{}`).ID)
		if got := out.take(); !strings.HasPrefix(got, "retry: 2000\n\nevent: state\ndata: {") || strings.Count(got, "\n\n") != 2 {
			t.Fatalf("the stream begins with %q", got)
		}
		for range 39 {
			time.Sleep(15 * time.Second)
			if got := out.take(); got != ":\n\n" {
				t.Fatalf("a heartbeat is %q", got)
			}
			if left := out.left(); left < 30*time.Second {
				t.Fatalf("the next write has only %s", left)
			}
		}
		if over(done) {
			t.Fatal("it has ended early")
		}
		time.Sleep(15 * time.Second) // ten minutes: the reader has to sign in anew
		if !over(done) || strings.Contains(out.take(), "event:") {
			t.Error("it lives for ever")
		}
	})
}

func TestEventsSurviveTheDatabase(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		id := s.launch("alice", `{}`).ID
		out, done := s.follow(t.Context(), "alice", id)
		out.take()
		s.edit(id, func(row *session.Session) { row.State, row.AgentSince = session.Ready, noon })
		s.store.Fail(session.ErrStore)
		s.hub.Publish(id)
		time.Sleep(time.Second)
		s.store.Fail(nil) // and nobody says that it is back
		first := out.take()
		time.Sleep(15 * time.Second)
		if got := first + out.take(); !strings.Contains(got, `"state":"Ready"`) {
			t.Errorf("after the outage: %q", got)
		}
		s.edit(id, func(row *session.Session) { row.State, row.Reason, row.EndedAt = session.Ended, session.Lost, noon })
		time.Sleep(time.Second)
		if got := out.take(); !over(done) || !strings.HasSuffix(got, "event: end\ndata: {\"reason\":\"lost\",\"reason_text\":\"The scheduler lost track of the job\"}\n\n") {
			t.Errorf("the end: %q", got)
		}
	})
}

// counting counts looks at the database.
type counting struct {
	session.Store
	gets atomic.Int64
}

func (c *counting) Get(ctx context.Context, id session.ID) (session.Session, error) {
	c.gets.Add(1)
	return c.Store.Get(ctx, id)
}

func TestEventsOfAChattyAppAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		id := s.launch("alice", `{}`).ID
		counted := &counting{Store: s.store}
		s.lifecycle.Store = counted
		ctx, cancel := context.WithCancel(t.Context())
		out, done := s.follow(ctx, "alice", id)
		for range 1000 {
			s.print(id, "x")
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)
		if got := strings.Count(out.take(), "event: log\n"); got != 1000 {
			t.Errorf("%d lines of 1000 arrived", got)
		}
		if got := counted.gets.Load(); got < 10 || got > 22 {
			t.Errorf("%d looks in a second", got)
		}
		cancel()
		if !over(done) {
			t.Error("the client has gone, and the stream goes on")
		}
	})
}

func TestEventsEndWithTheReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		id := s.launch("alice", `{}`).ID
		out, done := s.follow(t.Context(), "alice", id)
		out.take()
		out.mu.Lock()
		out.broken = true
		out.mu.Unlock()
		time.Sleep(15 * time.Second)
		if !over(done) {
			t.Error("it writes to nobody")
		}
	})
}
