package e2e

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// badSignIns are people who may not come in; each is told so without being told
// too much.
func badSignIns(t *testing.T, g *site.Gateway) {
	g.Secret("wrong-horse-battery")
	c := client.Anonymous(t, g.URL)
	wrong := c.Login(t, "bob", "wrong-horse-battery")
	if wrong.Status != http.StatusUnauthorized || !wrong.Says("password") || wrong.Says("directory") {
		t.Errorf("a wrong password: %s", wrong)
	}
	for name, user := range map[string]string{
		"nobody of that name": "mallory", "an option": "-oProxyCommand=x", "a filter": "*)(uid=*",
		"a path": "../alice", "a line break": "alice\nbob", "a long name": strings.Repeat("a", 5000),
	} {
		a := c.Login(t, user, "wrong-horse-battery")
		if a.Status != http.StatusUnauthorized && a.Status != http.StatusUnprocessableEntity && a.Status != http.StatusBadRequest {
			t.Errorf("%s: %s", name, a)
		}
	}
	if a := c.Login(t, "alice", ""); a.Status == http.StatusSeeOther {
		t.Errorf("an empty password: %s", a)
	}
	if cookies := c.Cookies(t); len(cookies) > 0 {
		t.Errorf("who did not sign in has cookies: %v", cookies)
	}

	big := c.Form(t, "/login", url.Values{"username": {"alice"}, "password": {strings.Repeat("x", 10<<20)}})
	if big.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("a form of 10 MB: %s", big)
	}
	other := c.Raw(t, http.MethodPost, "/login", strings.NewReader("username=alice&password=alice"),
		"Content-Type", "application/x-www-form-urlencoded", "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
	if other.Status != http.StatusForbidden {
		t.Errorf("a form of another site: %s", other)
	}

	for _, next := range []string{"https://evil.example/", "//evil.example/", `/\evil.example`, "javascript:alert(1)"} {
		a := client.Anonymous(t, g.URL).Form(t, "/login", url.Values{"username": {"alice"}, "password": {"alice"}, "next": {next}})
		to, err := url.Parse(a.Header.Get("Location"))
		if a.Status != http.StatusSeeOther || err != nil || to.Host != "" || to.Scheme != "" || !strings.HasPrefix(to.Path, "/") || strings.HasPrefix(to.Path, "//") {
			t.Errorf("next=%s leads to %q", next, a.Header.Get("Location"))
		}
	}
	signOut(t, g)
}

// signOut shows that a cookie is worth nothing after it.
func signOut(t *testing.T, g *site.Gateway) {
	t.Helper()
	carol := client.SignIn(t, g.URL, "carol")
	cookies := carol.Cookies(t)
	carol.Get(t, "/api/v1/me").Must(t, http.StatusOK, nil)
	if a := carol.Form(t, "/logout", nil); a.Status != http.StatusSeeOther {
		t.Fatal(a)
	}
	thief := client.Anonymous(t, g.URL)
	base, err := url.Parse(g.URL)
	if err != nil {
		t.Fatal(err)
	}
	thief.HTTP.Jar.SetCookies(base, cookies)
	thief.Get(t, "/api/v1/me").Problem(t, http.StatusUnauthorized)
}

// TestOverHTTPS shows that cookies are tied to the host and to https where
// there is https, and that guessing passwords soon becomes slow.
func TestOverHTTPS(t *testing.T) {
	t.Parallel()
	g := site.Prepare(t, "https", func(c *site.Config) {
		c.URL = strings.Replace(c.URL, "http:", "https:", 1)
		c.Certificate = site.MakeCertificate(t, filepath.Dir(c.StateDir))
	})
	g.Run(t)
	g.AwaitReady(t)
	carol := client.Anonymous(t, g.URL)
	carol.Trust(t, g.Certificate)
	a := carol.Login(t, "carol", "carol")
	if a.Status != http.StatusSeeOther {
		t.Fatal(a)
	}
	cookies := (&http.Response{Header: a.Header}).Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies: %v", len(cookies), cookies)
	}
	if c := cookies[0]; !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode && c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("the cookie is %+v", c)
	}
	carol.Get(t, "/api/v1/me").Must(t, http.StatusOK, nil)
	if a.Header.Get("Strict-Transport-Security") == "" {
		t.Error("browsers are not told to come back by https")
	}

	guesser := client.Anonymous(t, g.URL)
	guesser.Trust(t, g.Certificate)
	for range 100 {
		a = guesser.Login(t, "bob", "guess")
		if a.Status != http.StatusUnauthorized {
			break
		}
	}
	if a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") == "" {
		t.Errorf("after many guesses: %s", a)
	}
	if a := guesser.Login(t, "bob", "bob"); a.Status != http.StatusTooManyRequests {
		t.Errorf("the right password among the guesses: %s", a)
	}
	if a := guesser.Login(t, "alice", "alice"); a.Status != http.StatusSeeOther {
		t.Errorf("somebody else from the same address: %s", a)
	}
}
