package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/ldapauth"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"": "/", "/sessions/new?queue=gpu": "/sessions/new?queue=gpu", "https://evil.example/": "/", "//evil.example": "/",
		`/\evil.example`: "/", "javascript:alert(1)": "/", "/user/alice/lab/lab": "/user/alice/lab/lab",
	} {
		w := newWorld(t, func(_ *session.Options, c *Config) { c.Site.Secure = true })
		form := filled(t, w.get("", "/login?next="+url.QueryEscape(next)).Body.String())
		if form.Get("next") != want {
			t.Errorf("%q is kept as %q", next, form.Get("next"))
		}
		rec := w.post("", "/login", url.Values{"username": {"alice"}, "password": {"alice"}, "next": {next}})
		if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != want {
			t.Errorf("%q leads to %d %q", next, rec.Code, rec.Header().Get("Location"))
		}
		cookies := rec.Result().Cookies()
		if len(cookies) != 1 || !cookies[0].HttpOnly || !cookies[0].Secure || cookies[0].Name != login.CookieName(true) {
			t.Fatalf("%+v", cookies)
		}
		l, err := w.web.Logins.FromCookie(t.Context(), cookies[0].Value)
		if err != nil || l.User.Name != "alice" {
			t.Errorf("%+v, %v", l, err)
		}
	}
}

func TestSignInRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err    error
		status int
		says   []string
	}{
		"wrong":       {nil, http.StatusUnauthorized, []string{"Wrong user name or password"}},
		"not allowed": {fmt.Errorf("x: %w", ldapauth.ErrNotAllowed), http.StatusForbidden, []string{"may not be used here", "help@nova.example"}},
		"down":        {fmt.Errorf("x: %w", ldapauth.ErrUnavailable), http.StatusServiceUnavailable, []string{"The directory does not answer", "not your fault"}},
		"unexpected":  {errors.New("detail"), http.StatusInternalServerError, nil},
	} {
		w := newWorld(t)
		w.directory.Fail(c.err)
		rec := w.post("", "/login", url.Values{"username": {`alice"><b>`}, "password": {"hunter2"}, "next": {"/tokens"}})
		body := rec.Body.String()
		if rec.Code != c.status || len(rec.Result().Cookies()) != 0 {
			t.Errorf("%s: %d", name, rec.Code)
		}
		for _, want := range c.says {
			if !strings.Contains(body, want) {
				t.Errorf("%s: it does not say %q", name, want)
			}
		}
		if strings.Contains(body, "hunter2") || strings.Contains(body, "<b>") || strings.Contains(body, "detail") {
			t.Errorf("%s: the page shows too much", name)
		}
		if got := filled(t, body); c.says != nil && (got.Get("username") != `alice"><b>` || got.Get("next") != "/tokens") {
			t.Errorf("%s: kept %v", name, got)
		}
	}
}

func TestSignInThrottled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 30 {
		rec := w.post("", "/login", url.Values{"username": {"alice"}, "password": {"wrong"}})
		if rec.Code == http.StatusUnauthorized {
			continue
		}
		body := rec.Body.String()
		if rec.Code != http.StatusTooManyRequests || rec.Header().Get("Retry-After") == "" || !strings.Contains(body, "Try again in ") {
			t.Errorf("%d %v", rec.Code, rec.Header())
		}
		return
	}
	t.Error("guessing goes on for ever")
}

func TestSignedInGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if rec := w.get("alice", "/login?next=/tokens"); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/tokens" {
		t.Errorf("%d %v", rec.Code, rec.Header())
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if rec := w.get("alice", "/logout"); rec.Code != http.StatusNotFound {
		t.Errorf("a GET: %d", rec.Code)
	}
	rec := w.post("alice", "/logout", nil)
	cookies := rec.Result().Cookies()
	if rec.Code != http.StatusSeeOther || len(cookies) != 1 || cookies[0].MaxAge >= 0 {
		t.Errorf("%d %+v", rec.Code, cookies)
	}
	if w.logins.Calls("DeleteLogin") != 1 {
		t.Error("the login is still there")
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rec := w.post("alice", "/tokens", url.Values{"name": {"<i>zither"}, "days": {"30"}, "scope": {"read:servers!user", "access:servers!user"}})
	_, rest, _ := strings.Cut(rec.Body.String(), `id="secret">`)
	secret, _, _ := strings.Cut(rest, "<")
	user, token, err := w.web.Logins.FromToken(t.Context(), secret, "192.0.2.1")
	if err != nil || user.Name != "alice" || token.Name != "<i>zither" || rec.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("%q: %v %v", secret, user, err)
	}
	list := w.get("alice", "/tokens").Body.String()
	if strings.Contains(list, secret) || strings.Contains(list, "<i>") || !strings.Contains(list, token.Prefix) {
		t.Error("the list shows the wrong things")
	}
	if !slices.Equal(token.Scopes, []login.Scope{login.OwnAccess, login.OwnRead}) || !strings.Contains(list, "may see sessions, use apps") {
		t.Errorf("it may %v", token.Scopes)
	}
	if strings.Contains(list, `value="admin"`) {
		t.Error("alice is offered what admins do")
	}
	if strings.Contains(w.get("bob", "/tokens").Body.String(), "zither") {
		t.Error("somebody else sees it")
	}
	for _, bad := range []url.Values{
		{"name": {""}, "days": {"30"}, "scope": {"self"}},
		{"name": {"x"}, "days": {"36000"}, "scope": {"self"}},
		{"name": {"x"}, "days": {"30"}},
		{"name": {"x"}, "days": {"30"}, "scope": {"all"}},
		{"name": {"x"}, "days": {"30"}, "scope": {"read:admin"}},
	} {
		if rec := w.post("alice", "/tokens", bad); rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), "No token was made") {
			t.Errorf("%v: %d", bad, rec.Code)
		}
	}
	if rec := w.post("alice", "/tokens", url.Values{"name": {"x"}, "days": {"x"}}); rec.Code != http.StatusBadRequest {
		t.Errorf("%d", rec.Code)
	}
	path := "/tokens/" + token.ID + "/delete"
	if rec := w.post("bob", path, nil); rec.Code != http.StatusNotFound {
		t.Errorf("bob deletes it: %d", rec.Code)
	}
	if rec := w.post("alice", path, nil); rec.Code != http.StatusSeeOther {
		t.Errorf("alice deletes it: %d", rec.Code)
	}
	if _, _, err := w.web.Logins.FromToken(t.Context(), secret, "192.0.2.1"); !errors.Is(err, login.ErrNotFound) {
		t.Errorf("it works on: %v", err)
	}
}
