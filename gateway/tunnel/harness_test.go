package tunnel

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// site is a gateway's end under test: a registry that really listens, and an
// authority that the test scripts.
type site struct {
	*Registry
	t           testing.TB
	addr        string
	certificate tls.Certificate
	fingerprint string
	authority   *authority
}

// authority accepts every claim with the secret and keeps what it is told.
type authority struct {
	mu      sync.Mutex
	secret  Secret
	claims  []Claim
	refuse  func(Claim) error
	change  func(Claim, *Manifest)
	failing error         // answer to every event
	hold    chan struct{} // events wait until it is closed
	heard   chan heard
}

type heard struct {
	link  LinkID
	event Event
}

func (a *authority) Claim(_ context.Context, c Claim) (Manifest, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.claims = append(a.claims, c)
	if c.Secret != a.secret {
		return Manifest{}, &Refused{Code: CodeRevoked, Reason: "wrong secret", Final: true}
	}
	if a.refuse != nil {
		if err := a.refuse(c); err != nil {
			return Manifest{}, err
		}
	}
	m := Manifest{
		Session: c.Session, Attempt: c.Attempt + c.Restarts, Owner: "alice", BasePath: "/user/alice/lab/",
		Command: []string{"true"}, Listen: ListenUnix,
	}
	if a.change != nil {
		a.change(c, &m)
	}
	return m, nil
}

func (a *authority) Event(ctx context.Context, link LinkID, event Event) error {
	a.mu.Lock()
	hold, failing := a.hold, a.failing
	a.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if failing != nil {
		return failing
	}
	select {
	case a.heard <- heard{link, event}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (a *authority) set(change func(*authority)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change(a)
}

func newAuthority() *authority {
	return &authority{secret: "right", heard: make(chan heard, 10000)}
}

// next waits for the next event of the type.
func next[E Event](t testing.TB, a *authority) E {
	t.Helper()
	for {
		select {
		case h := <-a.heard:
			if e, ok := h.event.(E); ok {
				return e
			}
		case <-time.After(20 * time.Second):
			var none E
			t.Fatalf("no %T came", none)
			return none
		}
	}
}

var testKey = sync.OnceValue(func() (pair struct {
	certificate tls.Certificate
	fingerprint string
},
) {
	dir, err := filepath.Abs(testDir)
	if err == nil {
		pair.certificate, pair.fingerprint, err = LoadOrCreateCertificate(filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem"))
	}
	if err != nil {
		panic(err)
	}
	return pair
})

func startSite(t testing.TB, change func(*Options)) *site {
	t.Helper()
	return startSiteAt(t, "127.0.0.1:0", newAuthority(), change)
}

func startSiteAt(t testing.TB, addr string, a *authority, change func(*Options)) *site {
	t.Helper()
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	pair := testKey()
	opts := Options{Authority: a}
	if testing.Verbose() {
		opts.Logger = testLogger(t, "gateway")
	}
	if change != nil {
		change(&opts)
	}
	s := &site{
		Registry: NewRegistry(opts), t: t, addr: ln.Addr().String(),
		certificate: pair.certificate, fingerprint: pair.fingerprint, authority: a,
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln, s.certificate) }()
	t.Cleanup(func() {
		s.shut()
		if err := <-served; !errors.Is(err, ErrClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
	return s
}

func (s *site) shut() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		s.t.Errorf("Close: %v", err)
	}
}

// node is an agent's end under test.
type node struct {
	*Link
	t      testing.TB
	cancel context.CancelFunc
	done   chan struct{}
	err    error
	told   chan Manifest
	stops  chan string
}

func (s *site) hello() Hello {
	return Hello{Gateways: []string{"https://" + s.addr}, Fingerprints: []string{s.fingerprint}, Session: "s1", Attempt: 1, Secret: "right"}
}

func (s *site) startNode(serve func(*Conn), change func(*LinkConfig)) *node {
	s.t.Helper()
	return startNode(s.t, s.hello(), serve, change)
}

func startNode(t testing.TB, hello Hello, serve func(*Conn), change func(*LinkConfig)) *node {
	t.Helper()
	n := &node{t: t, done: make(chan struct{}), told: make(chan Manifest, 100), stops: make(chan string, 10)}
	config := LinkConfig{
		Hello:    hello,
		Claim:    func() Claim { return Claim{JobID: "77", Host: "c1", PID: 4, AgentVersion: "test"} },
		Serve:    serve,
		Manifest: func(m Manifest) { n.told <- m },
		Stop:     func(reason string) { n.stops <- reason },
		backoff:  backoff{low: 20 * time.Millisecond, high: 200 * time.Millisecond},
	}
	config.ping, config.dead = PingInterval, DeadAfter
	if testing.Verbose() {
		config.Logger = testLogger(t, "agent")
	}
	if change != nil {
		change(&config)
	}
	n.Link = NewLink(config)
	ctx, cancel := context.WithCancel(context.Background())
	n.cancel = cancel
	go func() {
		defer close(n.done)
		n.err = n.Run(ctx)
	}()
	t.Cleanup(n.end)
	return n
}

func (n *node) end() {
	n.cancel()
	<-n.done
}

// outcome waits for Run's return.
func (n *node) outcome() error {
	n.t.Helper()
	select {
	case <-n.done:
		return n.err
	case <-time.After(20 * time.Second):
		n.t.Fatal("the link goes on")
		return nil
	}
}

func (s *site) dial() (*Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	c, err := s.DialContext(ctx, "s1", 0)
	if err != nil {
		return nil, err
	}
	return c.(*Conn), nil
}

func (s *site) mustDial() *Conn {
	s.t.Helper()
	c, err := s.dial()
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = c.Close() })
	return c
}

// echo serves a connection by sending everything back.
func echo(c *Conn) {
	defer func() { _ = c.Close() }()
	_, _ = io.Copy(c, struct{ io.Reader }{c})
	_ = c.CloseWrite()
}

// eventually waits for a condition that no channel announces.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("still not: %s", what)
		}
	}
}

func testLogger(t testing.TB, who string) *slog.Logger {
	return slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelDebug})).With("who", who)
}

// testWriter prints through the test until it is over.
type testWriter struct{ t testing.TB }

func (w testWriter) Write(b []byte) (int, error) {
	if w.t.Context().Err() == nil {
		w.t.Logf("%s", b)
	}
	return len(b), nil
}
