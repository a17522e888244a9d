package tunnel_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/proxy"
	"github.com/berth-hpc/berth/gateway/tunnel"
)

// The benchmarks compare, in one process: a Go reverse proxy that dials the node
// over TLS, where something splices to the app's socket ("direct"); and the same
// way through proxy and tunnel ("tunnel"). Only the ratio means anything.

const bulk = 64 << 20

// benchApp is the app, on a Unix socket.
func benchApp(b *testing.B) (dial func() (net.Conn, error)) {
	b.Helper()
	path := filepath.Join(b.TempDir(), "s")
	ln, err := net.Listen("unix", path)
	if err != nil {
		b.Fatal(err)
	}
	data := make([]byte, 1<<20)
	mux := http.NewServeMux()
	mux.HandleFunc("/small", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "a small answer\n") })
	mux.HandleFunc("/bulk", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(bulk))
		for range bulk / len(data) {
			_, _ = w.Write(data)
		}
	})
	mux.HandleFunc("/upload", func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		_, _ = fmt.Fprint(w, n)
	})
	server := &http.Server{Handler: mux} //nolint:gosec // in a test
	go func() { _ = server.Serve(ln) }()
	b.Cleanup(func() { _ = server.Close() })
	return func() (net.Conn, error) { return net.Dial("unix", path) }
}

func benchCertificate(b *testing.B) (tls.Certificate, string) {
	b.Helper()
	dir := b.TempDir()
	certificate, pin, err := tunnel.LoadOrCreateCertificate(filepath.Join(dir, "c"), filepath.Join(dir, "k"))
	if err != nil {
		b.Fatal(err)
	}
	return certificate, pin
}

// direct is a plain reverse proxy over TLS.
func direct(b *testing.B) string {
	app := benchApp(b)
	certificate, _ := benchCertificate(b)
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS13})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				a, err := app()
				if err != nil {
					return
				}
				defer func() { _ = a.Close() }()
				go func() { _, _ = io.Copy(a, c); _ = a.Close() }()
				_, _ = io.Copy(c, a)
			}()
		}
	}()
	target, _ := url.Parse("https://" + ln.Addr().String())
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // a benchmark's own peer
		MaxIdleConnsPerHost: 100, DisableCompression: true,
	}
	b.Cleanup(transport.CloseIdleConnections)
	return front(b, &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }, Transport: transport, FlushInterval: -1,
	})
}

type anyone struct{}

func (anyone) Claim(_ context.Context, c tunnel.Claim) (tunnel.Manifest, error) {
	return tunnel.Manifest{Session: c.Session, Attempt: 1, BasePath: "/", Command: []string{"x"}, Listen: tunnel.ListenUnix}, nil
}

func (anyone) Event(context.Context, tunnel.LinkID, tunnel.Event) error { return nil }

// tunneled is the product's way.
func tunneled(b *testing.B) string {
	app := benchApp(b)
	certificate, pin := benchCertificate(b)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	registry := tunnel.NewRegistry(tunnel.Options{Authority: anyone{}})
	go func() { _ = registry.Serve(ln, certificate) }()
	link := tunnel.NewLink(tunnel.LinkConfig{
		Hello: tunnel.Hello{Gateways: []string{"https://" + ln.Addr().String()}, Fingerprints: []string{pin}, Session: "s", Attempt: 1, Secret: "x"},
		Claim: func() tunnel.Claim { return tunnel.Claim{} },
		Serve: func(c *tunnel.Conn) {
			a, err := app()
			if err != nil {
				c.Reset()
				return
			}
			tunnel.Splice(c, a)
		},
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- link.Run(ctx) }()
	p := proxy.New(proxy.Options{Dialer: registry})
	b.Cleanup(func() {
		p.Forget("s")
		_ = p.Close(ctx)
		_ = registry.Close(ctx)
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	})
	return front(b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.ServeHTTP(w, r, proxy.Target{Session: "s", Attempt: 1, BasePath: "/", User: "alice"})
	}))
}

func front(b *testing.B, h http.Handler) string {
	server := httptest.NewServer(h)
	b.Cleanup(server.Close)
	return server.URL
}

func ways(b *testing.B, run func(b *testing.B, url string, client *http.Client)) {
	for name, way := range map[string]func(*testing.B) string{"direct": direct, "tunnel": tunneled} {
		b.Run(name, func(b *testing.B) {
			at := way(b)
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
			b.Cleanup(client.CloseIdleConnections)
			before := cpuTime()
			run(b, at, client)
			b.ReportMetric(float64((cpuTime()-before).Microseconds())/float64(b.N), "cpu-us/op")
		})
	}
}

// cpuTime is what the process has used: on a busy machine it says more than the
// clock.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func ask(b *testing.B, client *http.Client, method, url string, body io.Reader) {
	req, err := http.NewRequestWithContext(b.Context(), method, url, body)
	if err != nil {
		b.Error(err)
		return
	}
	resp, err := client.Do(req)
	if err != nil {
		b.Error(err)
		return
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		b.Errorf("%s, %v", resp.Status, err)
	}
}

func BenchmarkSmallRequests(b *testing.B) {
	ways(b, func(b *testing.B, url string, client *http.Client) {
		b.SetParallelism(16)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				ask(b, client, http.MethodGet, url+"/small", http.NoBody)
			}
		})
	})
}

func BenchmarkDownload(b *testing.B) {
	ways(b, func(b *testing.B, url string, client *http.Client) {
		b.SetBytes(bulk)
		for b.Loop() {
			ask(b, client, http.MethodGet, url+"/bulk", http.NoBody)
		}
	})
}

func BenchmarkUpload(b *testing.B) {
	ways(b, func(b *testing.B, url string, client *http.Client) {
		b.SetBytes(bulk)
		for b.Loop() {
			ask(b, client, http.MethodPost, url+"/upload", io.LimitReader(zeros{}, bulk))
		}
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
