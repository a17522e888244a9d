package proxy_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/proxy"
)

// rawApp is an app that speaks byte for byte.
func rawApp(t *testing.T, serve func(c net.Conn, in *bufio.Reader)) func(*proxy.Options, *proxy.Target) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			work.Go(func() {
				defer func() { _ = c.Close() }()
				serve(c, bufio.NewReader(c))
			})
		}
	})
	t.Cleanup(func() { _ = ln.Close(); work.Wait() })
	return func(o *proxy.Options, _ *proxy.Target) {
		o.Dialer = dialer(func(ctx context.Context, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", ln.Addr().String())
		})
	}
}

// get sends a plain request and returns status and body.
func (r *rig) do(t *testing.T, method string, body io.Reader) (int, string, error) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), method, r.URL+"/user/alice/lab/", body)
	if err != nil {
		t.Fatal(err)
	}
	a, err := r.Client().Do(q)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = a.Body.Close() }()
	b, err := io.ReadAll(a.Body)
	return a.StatusCode, string(b), err
}

func TestBodiesAndTrailersOfRequests(t *testing.T) {
	t.Parallel()
	type got struct {
		body    string
		length  int64
		trailer string
	}
	seen := make(chan got, 1)
	r := newRig(t, http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		b, _ := io.ReadAll(q.Body)
		seen <- got{string(b), q.ContentLength, q.Trailer.Get("X-Sum")}
	}))
	large := strings.Repeat("0123456789", 100_000)
	for _, c := range []struct {
		head, body string
		want       got
	}{
		{"Content-Length: 4\r\n", "four", got{"four", 4, ""}},
		{"Content-Length: 0\r\n", "", got{"", 0, ""}},
		{fmt.Sprintf("Content-Length: %d\r\n", len(large)), large, got{large, int64(len(large)), ""}},
		{"Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n", "3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 42\r\n\r\n", got{"abcde", -1, "42"}},
		{"Transfer-Encoding: chunked\r\n", "0\r\n\r\n", got{"", -1, ""}},
	} {
		a := r.raw(t, "POST /user/alice/lab/ HTTP/1.1\r\nHost: h\r\n"+c.head+"\r\n"+c.body)
		if a.StatusCode != http.StatusOK {
			t.Errorf("%q: %s", c.head, a.Status)
		}
		if g := <-seen; g != c.want {
			t.Errorf("%q: the app got %d bytes of %d, trailer %q", c.head, len(g.body), g.length, g.trailer)
		}
	}
}

// Bodies of any size and framing go there and back as they are, over and over
// the same connections.
func TestBodiesAreWhole(t *testing.T) {
	t.Parallel()
	r := newRig(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex() // else this server drops the rest of the upload
		_, _ = io.Copy(w, q.Body)
	}))
	var work sync.WaitGroup
	for worker := range 4 {
		work.Go(func() {
			for i := range 25 {
				size := (worker*7919 + i*i*i*i*3) % 900_000
				data := make([]byte, size)
				_, _ = rand.Read(data)
				var body io.Reader = bytes.NewReader(data)
				if i%2 == 0 {
					body = struct{ io.Reader }{body} // of unknown length
				}
				status, got, err := r.do(t, http.MethodPost, body)
				if status != http.StatusOK || err != nil || sha256.Sum256([]byte(got)) != sha256.Sum256(data) {
					t.Errorf("%d bytes came back as %d: %d, %v", size, len(got), status, err)
					return
				}
			}
		})
	}
	work.Wait()
}

func TestAnswersWithoutBodies(t *testing.T) {
	t.Parallel()
	r := newRig(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		switch q.URL.Query().Get("s") {
		case "304":
			w.Header().Set("Etag", `"x"`)
			w.WriteHeader(http.StatusNotModified)
		case "204":
			w.WriteHeader(http.StatusNoContent)
		default:
			w.Header().Set("Content-Length", "5")
			if q.Method != http.MethodHead {
				_, _ = io.WriteString(w, "hello")
			}
		}
	}))
	for _, c := range []struct{ line, length, body string }{
		{"HEAD /user/alice/lab/", "5", ""},
		{"GET /user/alice/lab/?s=304", "", ""},
		{"GET /user/alice/lab/?s=204", "", ""},
		{"GET /user/alice/lab/", "5", "hello"},
	} {
		a := r.raw(t, c.line+" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
		if got := a.Header.Get("Content-Length"); got != c.length {
			t.Errorf("%s: Content-Length %q, want %q", c.line, got, c.length)
		}
		if !strings.HasPrefix(c.line, "HEAD") {
			if b, err := io.ReadAll(a.Body); string(b) != c.body || err != nil {
				t.Errorf("%s: %q, %v", c.line, b, err)
			}
		}
	}
	if n := len(r.dials); n != 1 {
		t.Errorf("%d connections for answers that leave nothing behind", n)
	}
}

func TestTypeIsNotGuessed(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, rawApp(t, func(c net.Conn, in *bufio.Reader) {
		_, _ = http.ReadRequest(in)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n<html>evil</ht")
	}))
	a := r.raw(t, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	if got := a.Header["Content-Type"]; got != nil {
		t.Errorf("Content-Type %q was made up", got)
	}
}

func TestHeadComesBeforeTheBody(t *testing.T) {
	t.Parallel()
	for _, length := range []string{"", "Content-Length: 2\r\n"} {
		more := make(chan struct{})
		r := newRig(t, nil, rawApp(t, func(c net.Conn, in *bufio.Reader) {
			_, _ = http.ReadRequest(in)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n"+length+"\r\n")
			<-more
			_, _ = io.WriteString(c, "1")
			<-more
			_, _ = io.WriteString(c, "2")
		}))
		a := r.raw(t, "GET / HTTP/1.1\r\nHost: h\r\n\r\n") // returns when the head is there
		one := make([]byte, 1)
		for _, want := range "12" {
			more <- struct{}{}
			if _, err := io.ReadFull(a.Body, one); err != nil || one[0] != byte(want) {
				t.Fatalf("%q, %v", one, err)
			}
		}
	}
}

// An upload and its answer flow at the same time.
func TestBothDirectionsAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		control := http.NewResponseController(w)
		_ = control.EnableFullDuplex()
		_ = control.Flush()
		lines := bufio.NewScanner(q.Body)
		for lines.Scan() {
			_, _ = fmt.Fprintf(w, "got %s\n", lines.Text())
			_ = control.Flush()
		}
	}))
	body, feed := io.Pipe()
	q, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, r.URL+"/", body)
	go func() { _, _ = io.WriteString(feed, "one\n") }()
	a, err := r.Client().Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Body.Close() }()
	lines := bufio.NewReader(a.Body)
	for _, next := range []string{"two\n", "three\n", ""} {
		line, err := lines.ReadString('\n')
		if err != nil || !strings.HasPrefix(line, "got ") {
			t.Fatalf("%q, %v", line, err)
		}
		if next == "" {
			_ = feed.Close()
			break
		}
		_, _ = io.WriteString(feed, next)
	}
	if rest, err := io.ReadAll(lines); err != nil || len(rest) != 0 {
		t.Errorf("%q, %v", rest, err)
	}
}

// An app that refuses an upload half way, and hangs up: the refusal arrives.
func TestEarlyRefusalArrives(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, rawApp(t, func(c net.Conn, in *bufio.Reader) {
		_, _ = http.ReadRequest(in)
		_, _ = io.WriteString(c, "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
		_, _ = io.CopyN(io.Discard, in, 100_000)
	}))
	c := r.open(t)
	_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n")
	_, _ = c.Write(make([]byte, 50_000)) // and then it waits
	a, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Body.Close() }()
	if b, err := io.ReadAll(a.Body); a.StatusCode != http.StatusRequestEntityTooLarge || string(b) != "big" || err != nil {
		t.Errorf("%s %q %v", a.Status, b, err)
	}
}

func (r *rig) open(t *testing.T) net.Conn {
	t.Helper()
	var d net.Dialer
	c, err := d.DialContext(t.Context(), "tcp", r.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	return c
}

// A body that is announced and never asked for is never sent.
func TestExpectationIsTheApps(t *testing.T) {
	t.Parallel()
	rest := make(chan string, 1)
	r := newRig(t, nil, rawApp(t, func(c net.Conn, in *bufio.Reader) {
		q, err := http.ReadRequest(in)
		if err != nil || q.Header.Get("Expect") != "100-continue" {
			rest <- "no expectation"
			return
		}
		_, _ = io.WriteString(c, "HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n")
		b, _ := io.ReadAll(in)
		rest <- string(b)
	}))
	c := r.open(t)
	_, _ = io.WriteString(c, "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n")
	a, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || a.StatusCode != http.StatusExpectationFailed {
		t.Fatalf("%+v, %v", a, err)
	}
	_ = a.Body.Close()
	_ = c.Close()
	if got := <-rest; got != "" {
		t.Errorf("the app got %q", got)
	}
}

// HTTP/2 in front: bodies, trailers and cuts are what they are.
func TestHTTP2InFront(t *testing.T) {
	t.Parallel()
	p := proxy.New(proxy.Options{Dialer: appDialer(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/cut" {
			_, _ = w.Write(make([]byte, 100_000))
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Trailer", "X-Sum")
		_ = http.NewResponseController(w).EnableFullDuplex()
		_, _ = io.Copy(w, q.Body)
		w.Header().Set("X-Sum", q.Trailer.Get("X-Mine")+q.Host)
	}))})
	front := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		p.ServeHTTP(w, q, proxy.Target{Session: "s1", Attempt: 1, BasePath: "/"})
	}))
	front.EnableHTTP2 = true
	front.StartTLS()
	t.Cleanup(func() { front.Close(); _ = p.Close(canceled()) })

	data := bytes.Repeat([]byte("0123456789"), 50_000)
	q, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, front.URL+"/", struct{ io.Reader }{bytes.NewReader(data)})
	q.Trailer = http.Header{"X-Mine": {"7"}}
	q.Host = "nb.example"
	a, err := front.Client().Do(q)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(a.Body)
	_ = a.Body.Close()
	if a.ProtoMajor != 2 || err != nil || !bytes.Equal(got, data) || a.Trailer.Get("X-Sum") != "7nb.example" {
		t.Errorf("%s: %d bytes, %v, trailer %v", a.Proto, len(got), err, a.Trailer)
	}
	q, _ = http.NewRequestWithContext(t.Context(), http.MethodGet, front.URL+"/cut", http.NoBody)
	if a, err = front.Client().Do(q); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Body.Close() }()
	if n, err := io.Copy(io.Discard, a.Body); err == nil {
		t.Errorf("a cut body ended cleanly after %d bytes", n)
	}
}
