package gateway

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

func TestClientBelievesOnlyTrustedProxies(t *testing.T) {
	t.Parallel()
	c := Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}}
	for _, x := range []struct {
		peer, forwarded, scheme string
		ip, proto               string
	}{
		{"192.0.2.1:5", "", "", "192.0.2.1", "http"},
		{"192.0.2.1:5", "1.2.3.4", "https", "192.0.2.1", "http"},
		{"10.0.0.1:5", "1.2.3.4", "https", "1.2.3.4", "https"},
		{"10.0.0.1:5", "6.6.6.6, 1.2.3.4", "", "1.2.3.4", "http"},
		{"10.0.0.1:5", "1.2.3.4, 10.0.0.2", "", "1.2.3.4", "http"},
		{"10.0.0.1:5", "1.2.3.4, nonsense", "", "10.0.0.1", "http"},
		{"10.0.0.1:5", "", "gopher", "10.0.0.1", "http"},
		{"[::1]:5", "2001:db8::1", "https", "2001:db8::1", "https"},
		{"@", "1.2.3.4", "", "", "http"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = x.peer
		if x.forwarded != "" {
			r.Header.Set("X-Forwarded-For", x.forwarded)
		}
		if x.scheme != "" {
			r.Header.Set("X-Forwarded-Proto", x.scheme)
		}
		if ip, proto := c.client(r); ip != x.ip || proto != x.proto {
			t.Errorf("%+v: %s by %s", x, ip, proto)
		}
	}
}

// Pages and operations see the same client as the log and the apps do.
func TestRouterSeesTheSameClient(t *testing.T) {
	t.Parallel()
	g := &Gateway{Config: Config{
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}}
	engine := gin.New()
	if err := engine.SetTrustedProxies(nil); err != nil {
		t.Fatal(err)
	}
	seen := make(chan string, 1)
	engine.Use(g.begin)
	engine.GET("/", func(c *gin.Context) { seen <- c.ClientIP() })
	for peer, want := range map[string]string{"10.0.0.1:5": "1.2.3.4", "192.0.2.1:5": "192.0.2.1"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = peer
		r.Header.Set("X-Forwarded-For", "6.6.6.6, 1.2.3.4")
		engine.ServeHTTP(httptest.NewRecorder(), r)
		if got := <-seen; got != want {
			t.Errorf("from %s: %s, want %s", peer, got, want)
		}
	}
}
