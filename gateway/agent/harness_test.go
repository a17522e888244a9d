package agent

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/tunnel"
)

// site is a gateway that really listens, with an authority that the test
// scripts.
type site struct {
	*tunnel.Registry
	t    testing.TB
	addr string
	pin  string
	auth *authority
}

type authority struct {
	mu       sync.Mutex
	manifest tunnel.Manifest
	refuse   error
	claims   []tunnel.Claim
	events   chan tunnel.Event
}

func (a *authority) Claim(_ context.Context, c tunnel.Claim) (tunnel.Manifest, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.claims = append(a.claims, c)
	if a.refuse != nil {
		return tunnel.Manifest{}, a.refuse
	}
	m := a.manifest
	m.Session, m.Attempt = c.Session, c.Attempt+c.Restarts
	return m, nil
}

func (a *authority) Event(_ context.Context, _ tunnel.LinkID, e tunnel.Event) error {
	a.events <- e
	return nil
}

const testToken = "t0ken-of-the-app"

// testManifest runs this very test binary as the app.
func testManifest(t testing.TB, kind string, args ...string) tunnel.Manifest {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if len(args) == 0 {
		args = []string{"${SOCKET}", "${DIR}/conf/token"}
	}
	return tunnel.Manifest{
		Owner: "alice", BasePath: "/user/alice/lab/", Token: testToken,
		Command: append([]string{self}, args...), Listen: tunnel.ListenUnix,
		Env:       map[string]string{"TEST_APP": kind, "AT": "${BASE_PATH} ${USER} ${HOME} ${PATH} $DIR ${OTHER}"},
		Files:     map[string]string{"conf/token": "${TOKEN}"},
		Ready:     tunnel.ReadyCheck{Headers: map[string]string{"Authorization": "token ${TOKEN}"}},
		StopGrace: 20 * time.Second,
	}
}

func startSite(t testing.TB, m tunnel.Manifest) *site {
	t.Helper()
	return startSiteAt(t, "127.0.0.1:0", &authority{manifest: m, events: make(chan tunnel.Event, 10000)})
}

func startSiteAt(t testing.TB, addr string, a *authority) *site {
	t.Helper()
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	certificate, pin := testCertificate(t)
	s := &site{Registry: tunnel.NewRegistry(tunnel.Options{Authority: a, Logger: logger(t)}), t: t, addr: ln.Addr().String(), pin: pin, auth: a}
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln, certificate) }()
	t.Cleanup(func() {
		s.shut()
		if err := <-served; !errors.Is(err, tunnel.ErrClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
	return s
}

func (s *site) shut() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = s.Close(ctx)
}

func (s *site) hello() tunnel.Hello {
	return tunnel.Hello{Gateways: []string{"https://" + s.addr}, Fingerprints: []string{s.pin}, Session: "s1", Attempt: 1, Secret: "claim-secret"}
}

// run is an agent under test.
type run struct {
	t       testing.TB
	signals chan os.Signal
	cancel  context.CancelFunc
	done    chan struct{}
	err     error
	output  *lockedBuffer
	tmp     string
}

func startAgent(t testing.TB, hello tunnel.Hello, change func(*Config, map[string]string)) *run {
	t.Helper()
	r := &run{t: t, signals: make(chan os.Signal, 4), done: make(chan struct{}), output: &lockedBuffer{}}
	var err error
	r.tmp, err = os.MkdirTemp("/tmp", "bt") //nolint:usetesting // its name is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{
		"SLURM_JOB_ID": "77", "HOME": t.TempDir(), "TMPDIR": r.tmp, "PATH": os.Getenv("PATH"), "BERTH_SOMETHING": "x",
	}
	config := Config{
		Hello: hello, Version: "test", Signals: r.signals, Logger: logger(t), Output: r.output,
		Getenv: func(name string) string { return env[name] },
		Environ: func() []string {
			var list []string
			for _, name := range sortedKeys(env) {
				list = append(list, name+"="+env[name])
			}
			return list
		},
	}
	if change != nil {
		change(&config, env)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	go func() {
		defer close(r.done)
		r.err = Run(ctx, config)
	}()
	t.Cleanup(func() {
		cancel()
		<-r.done
		if left, _ := filepath.Glob(filepath.Join(r.tmp, "*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		_ = os.RemoveAll(r.tmp)
	})
	return r
}

func (r *run) outcome() error {
	r.t.Helper()
	select {
	case <-r.done:
		return r.err
	case <-time.After(60 * time.Second):
		r.t.Fatal("the agent goes on")
		return nil
	}
}

// await waits for the next event of the type.
func await[E tunnel.Event](s *site) E {
	s.t.Helper()
	for {
		select {
		case e := <-s.auth.events:
			if e, ok := e.(E); ok {
				return e
			}
		case <-time.After(60 * time.Second):
			var none E
			s.t.Fatalf("no %T came", none)
			return none
		}
	}
}

// client speaks HTTP to the session's app.
func (s *site) client() *http.Client {
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return s.DialContext(ctx, "s1", 0) },
	}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 30 * time.Second}
}

func (s *site) get(path string) (int, string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, "http://app"+path, http.NoBody)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "token "+testToken)
	resp, err := s.client().Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func (s *site) look() seen {
	s.t.Helper()
	status, body := s.get("/user/alice/lab/")
	var v seen
	if err := json.Unmarshal([]byte(body), &v); err != nil || status != http.StatusOK {
		s.t.Fatalf("the app answered %d %q", status, body)
	}
	return v
}

func wantExit(t *testing.T, err error, code, signal int) {
	t.Helper()
	var exit *Exit
	if !errors.As(err, &exit) || exit.Code != code || exit.Signal != signal {
		t.Errorf("Run: %v, want code %d, signal %d", err, code, signal)
	}
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range maps.Keys(m) {
		keys = append(keys, k)
	}
	return keys
}

type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func logger(t testing.TB) *slog.Logger {
	if !testing.Verbose() {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

type testWriter struct{ t testing.TB }

func (w testWriter) Write(b []byte) (int, error) {
	if w.t.Context().Err() == nil {
		w.t.Logf("%s", b)
	}
	return len(b), nil
}

// eventually waits for a condition that no channel announces.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("still not: %s", what)
		}
	}
}
