package login_test

import (
	"net/http/httptest"
	"testing"

	"github.com/berth-hpc/berth/gateway/login"
)

func TestCookies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		secure     bool
		set, clear string
	}{
		{true, "__Host-berth=v; Path=/; HttpOnly; Secure; SameSite=Lax", "__Host-berth=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"},
		{false, "berth_login=v; Path=/; HttpOnly; SameSite=Lax", "berth_login=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"},
	} {
		r := httptest.NewRecorder()
		login.SetCookie(r, c.secure, "v")
		login.ClearCookie(r, c.secure)
		if got := r.Header().Values("Set-Cookie"); len(got) != 2 || got[0] != c.set || got[1] != c.clear {
			t.Errorf("secure %t: got %q", c.secure, got)
		}
	}
}
