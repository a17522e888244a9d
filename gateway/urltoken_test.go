package gateway

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestTokensInAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ query, upgrade, secret, left string }{
		{"token=berth_abc", "websocket", "berth_abc", ""},
		{"session_id=7&token=berth_abc&x=%2F", "WebSocket", "berth_abc", "session_id=7&x=%2F"},
		{"token=berth_abc", "", "", ""},
		{"tok%65n=berth_abc&a=1", "", "", "a=1"},
		{"token=app-token", "websocket", "", "token=app-token"},
		{"a=token&b", "websocket", "", "a=token&b"},
		{"token=berth_a;b&%zz&token=%zz", "", "", "%zz&token=%zz"},
		{"", "websocket", "", ""},
	} {
		r := httptest.NewRequest(http.MethodGet, "/user/alice/lab/api/kernels/1/channels?"+c.query, nil)
		if c.upgrade != "" {
			r.Header.Set("Upgrade", c.upgrade)
		}
		if secret, ok := urlToken(r); (ok && secret != c.secret) || ok != (c.secret != "") {
			t.Errorf("%q: %q, %v", c.query, secret, ok)
		}
		if got := withoutToken(r); got.URL.RawQuery != c.left || r.URL.RawQuery != c.query {
			t.Errorf("%q is passed on as %q", c.query, got.URL.RawQuery)
		}
	}
}
