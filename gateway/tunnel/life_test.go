package tunnel

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"
)

func wantRefused(t *testing.T, err error, code string) {
	t.Helper()
	var refused *Refused
	if !errors.As(err, &refused) || refused.Code != code || !refused.Final {
		t.Fatalf("got %v, want a final refusal: %s", err, code)
	}
}

func TestNewestAgentWins(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	first := s.startNode(func(c *Conn) { _, _ = io.WriteString(c, "first"); echo(c) }, nil)
	<-first.told
	open := s.mustDial()
	buf := make([]byte, 5)
	if _, err := io.ReadFull(open, buf); err != nil {
		t.Fatal(err)
	}
	second := s.startNode(func(c *Conn) { _, _ = io.WriteString(c, "second"); _ = c.Close() }, nil)
	<-second.told
	wantRefused(t, first.outcome(), CodeSuperseded)
	if _, err := open.Read(buf); err == nil || err == io.EOF { //nolint:errorlint // bare io.EOF is what must not be
		t.Errorf("the old agent's stream ended with %v, not with an error", err)
	}
	got, err := io.ReadAll(s.mustDial())
	if string(got) != "second" || err != nil {
		t.Errorf("after it: %q, %v", got, err)
	}
	if d := next[Disconnected](t, s.authority); !d.Replaced {
		t.Error("Disconnected does not say that the link was replaced")
	}
}

func TestOlderAttemptIsRefused(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	requeued := func(c *LinkConfig) { c.Claim = func() Claim { return Claim{JobID: "77", Restarts: 1} } }
	newer := s.startNode(echo, requeued)
	<-newer.told
	wantRefused(t, s.startNode(echo, nil).outcome(), CodeSuperseded)
	if info, ok := s.Connected("s1"); !ok || info.Attempt != 2 {
		t.Errorf("Connected: %+v, %v", info, ok)
	}
}

func TestSupersedeFromElsewhere(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	n := s.startNode(echo, nil)
	<-n.told
	s.Supersede("s1", 1)
	if _, ok := s.Connected("s1"); !ok {
		t.Fatal("its own attempt must stay")
	}
	s.Supersede("s1", 2)
	wantRefused(t, n.outcome(), CodeSuperseded)
}

func TestRevokeAndStop(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	n := s.startNode(echo, nil)
	<-n.told
	if !s.Stop("s1", "its owner said so") {
		t.Fatal("Stop found nobody")
	}
	if got := <-n.stops; got != "its owner said so" {
		t.Errorf("stop reason %q", got)
	}
	if s.Stop("other", "x") {
		t.Error("Stop found an agent that is not there")
	}
	s.Revoke("s1", "gone")
	wantRefused(t, n.outcome(), CodeRevoked)
}

func TestAgentComesBackAfterARestart(t *testing.T) {
	t.Parallel()
	a := newAuthority()
	s := startSiteAt(t, "127.0.0.1:0", a, nil)
	n := s.startNode(echo, nil)
	first := <-n.told
	next[Connected](t, a)
	s.shut()
	next[Disconnected](t, a)
	n.Ready(Ready{After: time.Second}) // while nobody listens

	again := startSiteAt(t, s.addr, a, nil)
	second := <-n.told
	if first.LinkSecret == second.LinkSecret || first.Link == second.Link {
		t.Error("a link's secret was used twice")
	}
	next[Connected](t, a)
	next[Ready](t, a)
	c := again.mustDial()
	_, _ = io.WriteString(c, "x")
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
}

func TestStreamsSurviveTheControlConnection(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	n := s.startNode(echo, nil)
	<-n.told
	c := s.mustDial()
	eventually(t, "the agent has seen it taken", func() bool { return n.Open() == 1 })
	s.newest("s1").kill("test")
	<-n.told
	_, _ = io.WriteString(c, "still here")
	if _, err := io.ReadFull(c, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
}

func TestDialWaitsForTheAgent(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	got := make(chan error, 2)
	go func() { _, err := s.dial(); got <- err }()
	go func() { got <- s.WaitConnected(t.Context(), "s1") }()
	eventually(t, "both wait", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		w := s.sessions["s1"]
		return w != nil && w.held == 1 && len(w.waiters) == 1
	})
	s.startNode(echo, nil)
	for range 2 {
		if err := <-got; err != nil {
			t.Error(err)
		}
	}
}

func TestDialHonoursItsContext(t *testing.T) {
	t.Parallel()
	s := startSite(t, func(o *Options) { o.MaxWaiters = 1 })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { _, err := s.DialContext(ctx, "s1", 0); done <- err }()
	eventually(t, "it waits", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.sessions["s1"] != nil
	})
	if _, err := s.DialContext(t.Context(), "s1", 0); !errors.Is(err, errTooMany) {
		t.Errorf("a dial too many: %v", err)
	}
	cancel()
	if err := <-done; !errors.Is(err, ErrNotConnected) || !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if err := s.WaitConnected(ctx, "s1"); !errors.Is(err, ErrNotConnected) {
		t.Errorf("WaitConnected: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sessions) != 0 {
		t.Error("a session that nobody waits for is remembered")
	}
}

func TestCloseEndsWaiting(t *testing.T) {
	t.Parallel()
	s := startSite(t, nil)
	done := make(chan error)
	go func() { _, err := s.DialContext(context.Background(), "s1", 0); done <- err }()
	eventually(t, "it waits", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.sessions["s1"] != nil
	})
	s.shut()
	if err := <-done; !errors.Is(err, ErrClosed) {
		t.Errorf("the dial ended with %v", err)
	}
	if _, err := s.DialContext(t.Context(), "s1", 0); !errors.Is(err, ErrClosed) {
		t.Errorf("a dial after Close: %v", err)
	}
}

func TestSeveralGateways(t *testing.T) {
	t.Parallel()
	a := newAuthority()
	one := startSiteAt(t, "127.0.0.1:0", a, nil)
	two := startSiteAt(t, "127.0.0.1:0", a, nil)
	n := one.startNode(echo, nil)
	<-n.told
	both := []string{"https://" + one.addr, "https://" + two.addr}
	if err := one.Announce(both, []string{one.fingerprint}); err != nil {
		t.Fatal(err)
	}
	<-n.told
	for _, s := range []*site{one, two} {
		c := s.mustDial()
		_, _ = io.WriteString(c, "x")
		if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	n.Log("stdout", "through one", time.Now())
	next[Log](t, a)
	one.shut()
	n.Log("stdout", "through two", time.Now())
	if got := next[Log](t, a); got.Lines[0].Text != "through two" {
		t.Errorf("log %+v", got)
	}
	if err := two.Announce(both[1:], []string{one.fingerprint}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the gone gateway is forgotten", func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		return len(n.wanted) == 1
	})
	if err := two.Announce([]string{"http://plain"}, nil); err == nil {
		t.Error("a list without TLS was announced")
	}
}

func TestSilentAgentIsDead(t *testing.T) {
	t.Parallel()
	s := startSite(t, func(o *Options) {
		o.clocks = clocks{tick: 5 * time.Millisecond, ping: 10 * time.Millisecond, dead: 300 * time.Millisecond}
	})
	wire := startRelay(t, s.addr)
	hello := s.hello()
	hello.Gateways = []string{"https://" + wire.addr()}
	n := startNode(t, hello, echo, func(c *LinkConfig) { c.ping, c.dead = 10*time.Millisecond, 300*time.Millisecond })
	<-n.told
	c := s.mustDial()
	eventually(t, "pings keep it alive", func() bool {
		info, ok := s.Connected("s1")
		return ok && info.LastHeard.Sub(info.Since) > 400*time.Millisecond
	})
	wire.freeze()
	if d := next[Disconnected](t, s.authority); d.Replaced || d.Reason == "" {
		t.Errorf("%+v", d)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil || err == io.EOF { //nolint:errorlint // bare io.EOF is what must not be
		t.Errorf("a stream of a dead host ended with %v", err)
	}
	wire.thaw()
	wire.cut()
	<-n.told
}
