package agent

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"

	"github.com/berth-hpc/berth/gateway/proxy"
	"github.com/berth-hpc/berth/gateway/tunnel"
)

// Whatever breaks in the middle of a download, the browser must see an error
// and never a file that looks whole: through proxy, tunnel and agent.
func TestBrokenDownloadIsAnErrorForTheBrowser(t *testing.T) {
	t.Parallel()
	for name, breakIt := range map[string]func(s *site, r *run, p *proxy.Proxy, app int){
		"the app is killed":    func(_ *site, _ *run, _ *proxy.Proxy, app int) { _ = syscall.Kill(app, syscall.SIGKILL) },
		"the agent ends":       func(_ *site, r *run, _ *proxy.Proxy, _ int) { r.cancel() },
		"the gateway closes":   func(s *site, _ *run, _ *proxy.Proxy, _ int) { _ = s.Close(canceled()) },
		"the session is over":  func(_ *site, _ *run, p *proxy.Proxy, _ int) { p.Forget("s1") },
		"the session is moved": func(s *site, _ *run, _ *proxy.Proxy, _ int) { s.Supersede("s1", 9) },
	} {
		for _, length := range []string{"", "?length=100000000000"} {
			t.Run(name+length, func(t *testing.T) {
				t.Parallel()
				s := startSite(t, testManifest(t, "serve"))
				r := startAgent(t, s.hello(), nil)
				await[tunnel.Ready](s)
				app := s.look().PID
				p := proxy.New(proxy.Options{Dialer: s.Registry})
				front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
					p.ServeHTTP(w, q, proxy.Target{Session: "s1", Attempt: 1, BasePath: "/"})
				}))
				t.Cleanup(func() {
					_ = p.Close(canceled())
					front.Close()
				})
				q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, front.URL+"/endless"+length, http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				a, err := front.Client().Do(q)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = a.Body.Close() }()
				if _, err := io.CopyN(io.Discard, a.Body, 1<<20); err != nil {
					t.Fatal(err)
				}
				go breakIt(s, r, p, app)
				if n, err := io.Copy(io.Discard, a.Body); err == nil {
					t.Errorf("a clean end after %d more bytes", n)
				}
			})
		}
	}
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
