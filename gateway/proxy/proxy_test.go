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
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/proxy"
)

// rig is an app behind a proxy behind a server.
type rig struct {
	*httptest.Server
	proxy  *proxy.Proxy
	target proxy.Target
	dials  chan string
}

type dialer func(ctx context.Context, session string) (net.Conn, error)

func (d dialer) DialContext(ctx context.Context, session string, _ uint16) (net.Conn, error) {
	return d(ctx, session)
}

func newRig(t *testing.T, app http.Handler, change ...func(*proxy.Options, *proxy.Target)) *rig {
	t.Helper()
	origin := httptest.NewServer(app)
	t.Cleanup(origin.Close)
	r := &rig{
		target: proxy.Target{Session: "s1", Attempt: 1, BasePath: "/user/alice/lab/", User: "alice", ClientIP: "192.0.2.7", Proto: "https"},
		dials:  make(chan string, 100),
	}
	options := proxy.Options{
		Cookies: []string{"berth_login", "__Host-berth*"},
		Dialer: dialer(func(ctx context.Context, session string) (net.Conn, error) {
			r.dials <- session
			var d net.Dialer
			return d.DialContext(ctx, "tcp", origin.Listener.Addr().String())
		}),
	}
	for _, c := range change {
		c(&options, &r.target)
	}
	r.proxy = proxy.New(options)
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.proxy.ServeHTTP(w, q, r.target)
	}))
	t.Cleanup(func() {
		_ = r.proxy.Close(canceled())
		r.Close()
	})
	return r
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// raw sends a request exactly as written and reads the answer.
func (r *rig) raw(t *testing.T, request string) *http.Response {
	t.Helper()
	var d net.Dialer
	c, err := d.DialContext(t.Context(), "tcp", r.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

func TestRequestReachesTheAppAsItWas(t *testing.T) {
	t.Parallel()
	uri, method, host := make(chan string, 1), make(chan string, 1), make(chan string, 1)
	r := newRig(t, http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		uri <- q.RequestURI
		method <- q.Method
		host <- q.Host
	}))
	for _, want := range []string{
		"/user/alice/lab/tree",
		"/user/alice/lab/api/contents/a%2Fb%20c.ipynb?type=file",
		"/user/alice/lab//double/",
		"/user/alice/lab/;p=1/x?q=1;2&r=%zz",
		"/user/alice/lab/a/../b",
	} {
		for _, m := range []string{"GET", "PROPFIND", "MKCOL"} {
			r.raw(t, m+" "+want+" HTTP/1.1\r\nHost: berth.example:8080\r\n\r\n")
			if got := <-uri; got != want {
				t.Errorf("%s became %s", want, got)
			}
			if got := <-method; got != m {
				t.Errorf("method %s became %s", m, got)
			}
			if got := <-host; got != "berth.example:8080" {
				t.Errorf("host %s", got)
			}
		}
	}
}

func TestStripPrefix(t *testing.T) {
	t.Parallel()
	uri := make(chan string, 1)
	r := newRig(t, http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) { uri <- q.RequestURI }),
		func(_ *proxy.Options, t *proxy.Target) { t.StripPrefix = true })
	for path, want := range map[string]string{
		"/user/alice/lab/":           "/",
		"/user/alice/lab/a%2Fb?x=;1": "/a%2Fb?x=;1",
		"/user/alice/lab//evil/":     "//evil/",
	} {
		r.raw(t, "GET "+path+" HTTP/1.1\r\nHost: h\r\n\r\n")
		if got := <-uri; got != want {
			t.Errorf("%s became %s, want %s", path, got, want)
		}
	}
}

func TestGatewaySecretsStayOut(t *testing.T) {
	t.Parallel()
	seen := make(chan http.Header, 1)
	r := newRig(t, http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) { seen <- q.Header }))
	r.raw(t, "GET /user/alice/lab/ HTTP/1.1\r\nHost: h\r\n"+
		"Cookie: _xsrf=2|a|b; berth_login=SECRET; Berth_Login=SECRET\r\nCookie: __Host-berth=SECRET;  __host-BERTH2=SECRET; u=\"x\"\r\n"+
		"Authorization: Bearer SECRET\r\nX-Berth-User: root\r\nX-Berth-Anything: 1\r\nX-Forwarded-For: 6.6.6.6\r\n"+
		"X-Forwarded-Proto: gopher\r\nForwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\n\r\n")
	h := <-seen
	if text := fmt.Sprint(h); strings.Contains(text, "SECRET") || strings.Contains(text, "6.6.6.6") {
		t.Errorf("the app saw %s", text)
	}
	got := []string{h.Get("Cookie"), h.Get("X-Berth-User"), h.Get("X-Berth-Anything"), h.Get("X-Forwarded-For"), h.Get("X-Forwarded-Proto"), h.Get("X-Forwarded-Host")}
	if diff := cmp.Diff([]string{`_xsrf=2|a|b; u="x"`, "alice", "", "192.0.2.7", "https", "h"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAppCannotSetOurCookies(t *testing.T) {
	t.Parallel()
	r := newRig(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for _, c := range []string{
			"berth_login=evil; Path=/", "BERTH_login=evil", " __Host-berth-x=evil; Path=/; Secure", "nonsense",
			"_xsrf=1; Path=/user/alice/lab/; HttpOnly", "wide=1; Domain=example.org; path=/; Secure", "none=1",
			"up=1; Path=/user/alice/lab/../../bob/", "below=1; Path=/user/alice/lab/tree",
		} {
			w.Header().Add("Set-Cookie", c)
		}
		w.Header().Set("Clear-Site-Data", `"cookies"`)
		w.Header().Set("Service-Worker-Allowed", "/")
		w.Header().Set("Strict-Transport-Security", "max-age=1")
	}))
	a := r.raw(t, "GET /user/alice/lab/ HTTP/1.1\r\nHost: h\r\n\r\n")
	want := []string{
		"_xsrf=1; HttpOnly; Path=/user/alice/lab/", "wide=1; Secure; Path=/user/alice/lab/", "none=1; Path=/user/alice/lab/",
		"up=1; Path=/user/alice/lab/", "below=1; Path=/user/alice/lab/tree",
	}
	if diff := cmp.Diff(want, a.Header["Set-Cookie"]); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{"Clear-Site-Data", "Service-Worker-Allowed", "Strict-Transport-Security"} {
		if a.Header.Get(name) != "" {
			t.Errorf("%s came through", name)
		}
	}
}

func TestInjectionByMode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode    proxy.InjectMode
		request string
		want    bool
	}{
		{proxy.InjectNone, "GET /", false},
		{proxy.InjectReads, "GET /", true},
		{proxy.InjectReads, "HEAD /", true},
		{proxy.InjectReads, "POST /", false},
		{proxy.InjectReads, "DELETE /", false},
		{proxy.InjectAll, "POST /", true},
	} {
		seen := make(chan string, 1)
		r := newRig(t, http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) { seen <- q.Header.Get("Authorization") }),
			func(_ *proxy.Options, t *proxy.Target) {
				t.InjectOn, t.Inject = c.mode, http.Header{"Authorization": {"token app"}}
			})
		r.raw(t, c.request+" HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer mine\r\nContent-Length: 0\r\n\r\n")
		if got := <-seen; (got == "token app") != c.want || strings.Contains(got, "mine") {
			t.Errorf("%s in mode %d: %q", c.request, c.mode, got)
		}
	}
}

func TestStreamsAsItComes(t *testing.T) {
	t.Parallel()
	more := make(chan struct{})
	r := newRig(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: 1\n\n")
		w.(http.Flusher).Flush()
		<-more
		_, _ = io.WriteString(w, "data: 2\n\n")
	}))
	a := r.raw(t, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	lines := bufio.NewReader(a.Body)
	if line, err := lines.ReadString('\n'); err != nil || line != "data: 1\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if open, last := r.proxy.Activity("s1"); open != 1 || last.IsZero() {
		t.Errorf("activity: %d open, last %s", open, last)
	}
	close(more)
	if rest, err := io.ReadAll(lines); err != nil || string(rest) != "\ndata: 2\n\n" {
		t.Fatalf("%q, %v", rest, err)
	}
}

// A body that the app cut is an error for the browser, with and without a
// length.
func TestCutIsAnError(t *testing.T) {
	t.Parallel()
	for _, length := range []string{"", "1000000"} {
		r := newRig(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if length != "" {
				w.Header().Set("Content-Length", length)
			}
			_, _ = w.Write(make([]byte, 1000))
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}))
		a := r.raw(t, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
		if n, err := io.Copy(io.Discard, a.Body); err == nil {
			t.Errorf("length %q: a clean end after %d bytes", length, n)
		}
	}
}

func TestUpgradeBothWays(t *testing.T) {
	t.Parallel()
	r := newRig(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		_, _ = fmt.Fprintf(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n", q.Header.Get("Upgrade"))
		_, _ = io.Copy(c, rw)
	}))
	var d net.Dialer
	c, err := d.DialContext(t.Context(), "tcp", r.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	in := bufio.NewReader(c)
	a, err := http.ReadResponse(in, nil)
	if err != nil || a.StatusCode != http.StatusSwitchingProtocols || a.Header.Get("Upgrade") != "websocket" {
		t.Fatalf("%+v, %v", a, err)
	}
	_, _ = io.WriteString(c, "hello\n")
	if line, err := in.ReadString('\n'); err != nil || line != "hello\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if open, _ := r.proxy.Activity("s1"); open != 1 {
		t.Errorf("%d open", open)
	}
	r.proxy.Forget("s1")
	if _, err := in.ReadByte(); err == nil {
		t.Error("the upgraded connection outlived its session")
	}
}

func TestExpectTrailersAndInterimAnswers(t *testing.T) {
	t.Parallel()
	r := newRig(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		body, _ := io.ReadAll(q.Body) // makes the server say 100 Continue
		w.Header().Set("Trailer", "X-Sum")
		_, _ = w.Write(body)
		w.Header().Set("X-Sum", "42")
	}))
	q, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, r.URL+"/", strings.NewReader("body"))
	q.Header.Set("Expect", "100-continue")
	a, err := http.DefaultTransport.(*http.Transport).Clone().RoundTrip(q)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Body.Close() }()
	body, err := io.ReadAll(a.Body)
	if err != nil || string(body) != "body" || a.Trailer.Get("X-Sum") != "42" {
		t.Fatalf("%q, %v, trailer %v", body, err, a.Trailer)
	}
}

func TestConnectionsAreKeptButNotShared(t *testing.T) {
	t.Parallel()
	r := newRig(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
	get := func() {
		a := r.raw(t, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
		_, _ = io.Copy(io.Discard, a.Body)
	}
	get()
	get()
	if n := len(r.dials); n != 1 {
		t.Errorf("%d dials for two requests", n)
	}
	r.target.Attempt = 2
	get()
	r.target.Session = "s2"
	get()
	if n := len(r.dials); n != 3 {
		t.Errorf("%d dials: connections were shared between starts or sessions", n)
	}
}

func TestUnreachableAppIsRendered(t *testing.T) {
	t.Parallel()
	boom := errors.New("no agent")
	seen := make(chan error, 1)
	r := newRig(t, http.NotFoundHandler(), func(o *proxy.Options, _ *proxy.Target) {
		o.Dialer = dialer(func(context.Context, string) (net.Conn, error) { return nil, boom })
		o.Error = func(w http.ResponseWriter, _ *http.Request, _ proxy.Target, err error) {
			seen <- err
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	a := r.raw(t, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	if err := <-seen; a.StatusCode != http.StatusServiceUnavailable || !errors.Is(err, boom) {
		t.Errorf("%d, %v", a.StatusCode, err)
	}
}

func TestSlowDialTimesOut(t *testing.T) {
	t.Parallel()
	r := newRig(t, http.NotFoundHandler(), func(o *proxy.Options, _ *proxy.Target) {
		o.DialTimeout = time.Millisecond
		o.Dialer = dialer(func(ctx context.Context, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
	})
	if a := r.raw(t, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); a.StatusCode != http.StatusGatewayTimeout {
		t.Error(a.Status)
	}
}

func FuzzCookies(f *testing.F) {
	f.Add("berth_login=1; a=b", "berth_login=evil; Path=/")
	f.Add("\x00;;=;__Host-berth", "x=y; path=/user/alice/lab/;domain=.")
	f.Fuzz(func(t *testing.T, cookie, set string) {
		seen := make(chan string, 1)
		r := newRig(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			seen <- q.Header.Get("Cookie")
			w.Header()["Set-Cookie"] = []string{set}
		}))
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Header["Cookie"] = []string{cookie}
		a, err := http.DefaultTransport.RoundTrip(q)
		if err != nil {
			return // the standard library refused to send it
		}
		defer func() { _ = a.Body.Close() }()
		for part := range strings.SplitSeq(<-seen, ";") {
			name, _, _ := strings.Cut(part, "=")
			if n := strings.ToLower(strings.TrimSpace(name)); n == "berth_login" || strings.HasPrefix(n, "__host-berth") {
				t.Fatalf("the app saw %q", part)
			}
		}
		for _, c := range a.Cookies() {
			if n := strings.ToLower(c.Name); n == "berth_login" || strings.HasPrefix(n, "__host-berth") || c.Domain != "" || !strings.HasPrefix(c.Path, "/user/alice/lab") {
				t.Fatalf("the browser got %q", c.Raw)
			}
		}
	})
}
