package proxy_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/proxy"
)

// A client that hangs up ends the app's work, and is nobody's error.
func TestClientHangsUp(t *testing.T) {
	t.Parallel()
	working, ended := make(chan struct{}), make(chan struct{})
	r := newRig(t, http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		close(working)
		<-q.Context().Done()
		close(ended)
	}), func(o *proxy.Options, _ *proxy.Target) {
		o.Error = func(_ http.ResponseWriter, _ *http.Request, _ proxy.Target, err error) {
			t.Errorf("reported as %v", err)
		}
	})
	c := r.open(t)
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	<-working
	_ = c.Close()
	<-ended
}

// An upload that the client breaks off must not look whole to the app.
func TestBrokenUploadIsAnErrorForTheApp(t *testing.T) {
	t.Parallel()
	for _, head := range []string{"Content-Length: 1000000", "Transfer-Encoding: chunked"} {
		got := make(chan error, 1)
		started := make(chan struct{})
		r := newRig(t, http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
			_, _ = io.ReadFull(q.Body, make([]byte, 5))
			close(started)
			_, err := io.Copy(io.Discard, q.Body)
			got <- err
		}))
		c := r.open(t)
		_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: h\r\n"+head+"\r\n\r\n5\r\nhello\r\n")
		<-started
		_ = c.Close()
		if err := <-got; err == nil {
			t.Errorf("%s: the app got a clean end", head)
		}
	}
}

// errorsOf makes every failure visible to the test.
func errorsOf(errs chan error) func(*proxy.Options, *proxy.Target) {
	return func(o *proxy.Options, _ *proxy.Target) {
		o.Error = func(w http.ResponseWriter, _ *http.Request, _ proxy.Target, err error) {
			errs <- err
			w.WriteHeader(http.StatusBadGateway)
		}
	}
}

func TestRepeatsOnlyWhatIsSafe(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	r := newRig(t, nil, rawApp(t, func(c net.Conn, in *bufio.Reader) {
		for n := 0; ; n++ {
			q, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, q.Body)
			requests.Add(1)
			if n == 1 {
				return // the second request of a connection finds it closing
			}
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}
	}))
	for range 3 {
		if status, body, err := r.do(t, http.MethodGet, nil); status != http.StatusOK || body != "ok" || err != nil {
			t.Errorf("GET: %d %q %v", status, body, err)
		}
	}
	if n := requests.Load(); n != 5 {
		t.Errorf("the app saw %d requests, want 5: two of three met a closing connection", n)
	}
	if status, _, err := r.do(t, http.MethodPost, strings.NewReader("x")); status != http.StatusBadGateway || err != nil {
		t.Errorf("POST: %d %v", status, err)
	}
	if n := requests.Load(); n != 6 {
		t.Errorf("a POST was repeated: %d requests", n)
	}
}

func TestAppThatNeverAnswersIsAnError(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	errs := make(chan error, 1)
	r := newRig(t, nil, rawApp(t, func(_ net.Conn, in *bufio.Reader) {
		_, _ = http.ReadRequest(in)
		requests.Add(1)
	}), errorsOf(errs))
	if status, _, err := r.do(t, http.MethodGet, nil); status != http.StatusBadGateway || err != nil {
		t.Errorf("%d %v", status, err)
	}
	if err := <-errs; errors.Is(err, proxy.ErrUnreachable) {
		t.Errorf("%v, though it was reached", err)
	}
	if n := requests.Load(); n != 2 {
		t.Errorf("tried %d times", n)
	}
}

func TestBadAnswers(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"no HTTP":          "SSH-2.0-OpenSSH\r\n",
		"endless head":     "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-A: "+strings.Repeat("a", 1000)+"\r\n", 400),
		"endless line":     "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("a", 1<<20),
		"odd status":       "HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n",
		"endless interims": strings.Repeat("HTTP/1.1 103 Early\r\n\r\n", 20),
		"upgrade unasked":  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: evil\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			errs := make(chan error, 1)
			r := newRig(t, nil, rawApp(t, func(c net.Conn, in *bufio.Reader) {
				_, _ = http.ReadRequest(in)
				_, _ = io.WriteString(c, answer)
				_, _ = io.Copy(io.Discard, in)
			}), errorsOf(errs))
			if status, _, err := r.do(t, http.MethodGet, nil); status != http.StatusBadGateway || err != nil {
				t.Errorf("%d %v", status, err)
			}
			if err := <-errs; err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestForgottenSession(t *testing.T) {
	t.Parallel()
	working := make(chan struct{}, 2)
	errs := make(chan error, 2)
	r := newRig(t, http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		working <- struct{}{}
		<-q.Context().Done()
	}), errorsOf(errs))
	result := make(chan int, 2)
	ask := func() { status, _, _ := r.do(t, http.MethodGet, nil); result <- status }
	go ask()
	<-working
	r.proxy.Forget("s1")
	if err := <-errs; !errors.Is(err, proxy.ErrForgotten) {
		t.Errorf("%v", err)
	}
	<-result
	if open, last := r.proxy.Activity("s1"); open != 0 || !last.IsZero() {
		t.Errorf("%d open, %s", open, last)
	}
}

// A newer start of the session cuts what hangs on the older one.
func TestNewerAttemptTakesOver(t *testing.T) {
	t.Parallel()
	working := make(chan struct{}, 1)
	errs := make(chan error, 1)
	var mu sync.Mutex
	attempt := 1
	p := proxy.New(proxy.Options{Dialer: appDialer(t, http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/hang" {
			working <- struct{}{}
			<-q.Context().Done()
		}
	})), Error: func(_ http.ResponseWriter, _ *http.Request, _ proxy.Target, err error) { errs <- err }})
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		mu.Lock()
		target := proxy.Target{Session: "s1", Attempt: attempt, BasePath: "/"}
		mu.Unlock()
		p.ServeHTTP(w, q, target)
	}))
	t.Cleanup(func() { front.Close(); _ = p.Close(canceled()) })
	get := func(path string) error {
		a, err := front.Client().Get(front.URL + path)
		if err == nil {
			_ = a.Body.Close()
		}
		return err
	}
	done := make(chan error, 1)
	go func() { done <- get("/hang") }()
	<-working
	mu.Lock()
	attempt = 2
	mu.Unlock()
	if err := get("/"); err != nil {
		t.Error(err)
	}
	if err := <-errs; !errors.Is(err, proxy.ErrForgotten) {
		t.Errorf("%v", err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func appDialer(t *testing.T, app http.Handler) proxy.Dialer {
	t.Helper()
	origin := httptest.NewServer(app)
	t.Cleanup(origin.Close)
	return dialer(func(ctx context.Context, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", origin.Listener.Addr().String())
	})
}

func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int32
	r := newRig(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		now.Add(-1)
	}), func(o *proxy.Options, _ *proxy.Target) { o.MaxConns = 2 })
	var work sync.WaitGroup
	for range 20 {
		work.Go(func() {
			if status, _, err := r.do(t, http.MethodGet, nil); status != http.StatusOK || err != nil {
				t.Errorf("%d %v", status, err)
			}
		})
	}
	work.Wait()
	if n := most.Load(); n > 2 {
		t.Errorf("%d at once", n)
	}
}

func TestUnusedConnectionsAreClosed(t *testing.T) {
	t.Parallel()
	closed := make(chan struct{})
	r := newRig(t, nil, rawApp(t, func(c net.Conn, in *bufio.Reader) {
		_, _ = http.ReadRequest(in)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		_, _ = in.ReadByte()
		close(closed)
	}), func(o *proxy.Options, _ *proxy.Target) { o.IdleTimeout = 20 * time.Millisecond })
	if _, _, err := r.do(t, http.MethodGet, nil); err != nil {
		t.Error(err)
	}
	<-closed
}

func TestEmbeddedReadsGetNoToken(t *testing.T) {
	t.Parallel()
	seen := make(chan string, 1)
	r := newRig(t, http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) { seen <- q.Header.Get("Authorization") }),
		func(_ *proxy.Options, t *proxy.Target) {
			t.Inject, t.InjectOn = http.Header{"Authorization": {"token app"}}, proxy.InjectReads
		})
	for _, c := range []struct {
		site, mode, dest string
		want             bool
	}{
		{"", "", "", true},
		{"same-origin", "cors", "empty", true},
		{"none", "navigate", "document", true},
		{"cross-site", "navigate", "document", true}, // a link was followed
		{"cross-site", "no-cors", "script", false},
		{"same-site", "no-cors", "image", false},
		{"cross-site", "navigate", "iframe", false},
		{"same-site", "cors", "empty", false},
	} {
		r.raw(t, "GET / HTTP/1.1\r\nHost: h\r\nSec-Fetch-Site: "+c.site+"\r\nSec-Fetch-Mode: "+c.mode+"\r\nSec-Fetch-Dest: "+c.dest+"\r\n\r\n")
		if got := <-seen; (got != "") != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
	r.raw(t, "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	if got := <-seen; got != "" {
		t.Errorf("an upgrade got %q", got)
	}
}

type portDialer map[uint16]string

func (d portDialer) DialContext(ctx context.Context, _ string, port uint16) (net.Conn, error) {
	var own net.Dialer
	return own.DialContext(ctx, "tcp", d[port])
}

// What lies unused to one port is never used for another, and one session's end
// ends them all.
func TestPortsAreApart(t *testing.T) {
	t.Parallel()
	at := portDialer{}
	for _, port := range []uint16{0, 8080, 8081} {
		origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, port) }))
		t.Cleanup(origin.Close)
		at[port] = origin.Listener.Addr().String()
	}
	p := proxy.New(proxy.Options{Dialer: at})
	t.Cleanup(func() { _ = p.Close(canceled()) })
	ask := func(port uint16) string {
		w := httptest.NewRecorder()
		p.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil), proxy.Target{Session: "s1", Attempt: 1, Port: port, BasePath: "/"})
		return w.Body.String()
	}
	for range 3 {
		for port := range at {
			if got := ask(port); got != fmt.Sprint(port) {
				t.Fatalf("asked %d, answered %q", port, got)
			}
		}
	}
	if _, last := p.Activity("s1"); last.IsZero() {
		t.Error("no activity")
	}
	p.Forget("s1")
	if _, last := p.Activity("s1"); !last.IsZero() {
		t.Error("something is left of a session that was forgotten")
	}
}
