package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/api"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

func (s *site) token(user, body string) api.NewToken {
	s.t.Helper()
	r := s.post(user, "/tokens", body)
	r.want(s.t, http.StatusCreated)
	if r.header.Get("Cache-Control") != "no-store" {
		s.t.Error("a cache may keep the secret")
	}
	return decode[api.NewToken](s.t, r.body)
}

func TestTokensLiveAndDie(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if r := s.get("alice", "/tokens"); string(r.body) != `{"tokens":[]}` {
		t.Errorf("an empty list is %s", r.body)
	}
	made := s.token("alice", `{"name": "laptop", "expires_in": "30d"}`)
	user, _, err := s.logins.FromToken(t.Context(), made.Secret, "192.0.2.1")
	if err != nil || user.Name != "alice" {
		t.Fatalf("the secret opens nothing: %v, %v", user, err)
	}
	if made.Name != "laptop" || !strings.HasPrefix(made.Secret, made.Prefix) || !made.CreatedAt.Equal(noon) ||
		!made.ExpiresAt.Equal(noon.Add(30*24*time.Hour)) || made.LastUsedAt != nil {
		t.Errorf("%+v", made)
	}
	longest := s.token("alice", `{"name": "cluster", "expires_in": null}`)
	if !longest.ExpiresAt.Equal(noon.Add(90 * 24 * time.Hour)) {
		t.Errorf("%+v", longest)
	}

	r := s.get("alice", "/tokens")
	r.want(t, http.StatusOK)
	if list := decode[api.TokenList](t, r.body).Tokens; len(list) != 2 || list[0].ID != made.ID || list[1].Name != "cluster" {
		t.Errorf("%s", r.body)
	}
	if strings.Contains(string(r.body), made.Secret[len(made.Prefix):]) {
		t.Error("the list tells secrets")
	}
	if r := s.get("bob", "/tokens"); string(r.body) != `{"tokens":[]}` {
		t.Errorf("bob sees %s", r.body)
	}

	s.del("bob", "/tokens/"+made.ID).want(t, http.StatusNotFound)
	for _, id := range []string{"nosuch", "%00", "%ff", "a%20b", strings.Repeat("a", 3000)} {
		s.del("alice", "/tokens/"+id).want(t, http.StatusNotFound)
	}
	s.del("alice", "/tokens/"+made.ID).want(t, http.StatusNoContent)
	s.del("alice", "/tokens/"+made.ID).want(t, http.StatusNotFound)
	if _, _, err := s.logins.FromToken(t.Context(), made.Secret, "192.0.2.1"); err == nil {
		t.Error("a deleted token still opens")
	}
}

func TestTokenRequestsNameTheFieldAtFault(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for body, want := range map[string]string{
		`{}`:                                            "name",
		`{"name": null}`:                                "name",
		`{"name": " "}`:                                 "name",
		`{"name": "a\u0000b"}`:                          "name",
		`{"name": 7}`:                                   "name",
		`{"name": "x", "expires_in": 30}`:               "expires_in",
		`{"name": "x", "expires_in": "30"}`:             "expires_in",
		`{"name": "x", "expires_in": "0s"}`:             "expires_in",
		`{"name": "x", "expires_in": "-1d"}`:            "expires_in",
		`{"name": "x", "expires_in": "91d"}`:            "expires_in",
		`{"name": "x", "expires_in": "99999999d"}`:      "expires_in",
		`{"name": "x", "scope": "all"}`:                 "scope",
		`{"name": "x", "scopes": "self"}`:               "scopes",
		`{"name": "x", "scopes": []}`:                   "scopes",
		`{"name": "x", "scopes": [1]}`:                  "scopes",
		`{"name": "x", "scopes": ["all"]}`:              "scopes",
		`{"name": "x", "scopes": ["servers!user=bob"]}`: "scopes",
		`{"name": [], "expires_in": {}}`:                "name expires_in",
		`{"name": "` + strings.Repeat("x", 65) + `"}`:   "name",
	} {
		r := s.post("alice", "/tokens", body)
		r.want(t, http.StatusUnprocessableEntity)
		if got := strings.Join(faults(t, r), " "); got != want {
			t.Errorf("%.80s: faults in %q, want %q", body, got, want)
		}
	}
	s.post("alice", "/tokens", `{"name": "x"`).want(t, http.StatusBadRequest)
	s.ask("alice", http.MethodPost, "/tokens", `name=x`, "Content-Type", "application/x-www-form-urlencoded").want(t, http.StatusUnsupportedMediaType)
	s.post("alice", "/tokens", strings.Repeat(" ", api.MaxBody+1)).want(t, http.StatusRequestEntityTooLarge)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		s.ask("", method, "/tokens", `{}`).want(t, http.StatusUnauthorized)
	}
	s.del("", "/tokens/x").want(t, http.StatusUnauthorized)
	if len(s.tokens.tokens) > 0 {
		t.Errorf("made all the same: %+v", s.tokens.tokens)
	}
}

func TestTokensAreCounted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for range 3 {
		s.token("alice", `{"name": "x"}`)
	}
	r := s.post("alice", "/tokens", `{"name": "x"}`)
	r.want(t, http.StatusUnprocessableEntity)
	if got := faults(t, r); len(got) != 1 || got[0] != "" {
		t.Errorf("faults %q", got)
	}
	s.tokens.fail = session.ErrStore
	s.get("alice", "/tokens").want(t, http.StatusServiceUnavailable)
	s.post("alice", "/tokens", `{"name": "x"}`).want(t, http.StatusServiceUnavailable)
	s.del("alice", "/tokens/x1").want(t, http.StatusNotFound)
}

// What a token makes ends when it does: a token that got lost for an hour must
// not turn into one for a year.
func TestATokenMakesNoneThatOutlivesIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.post("program", "/tokens", `{"name": "x"}`).want(t, http.StatusUnprocessableEntity) // t1 has just been deleted
	for _, c := range []struct {
		ends   time.Time
		asked  string
		status int
		life   time.Duration
	}{
		{noon.Add(time.Hour), `"2h"`, http.StatusUnprocessableEntity, 0},
		{noon.Add(time.Hour), `"60m"`, http.StatusCreated, time.Hour},
		{noon.Add(time.Hour), `"5m"`, http.StatusCreated, 5 * time.Minute},
		{noon.Add(time.Hour), `null`, http.StatusCreated, time.Hour},
		{noon, `null`, http.StatusUnprocessableEntity, 0},
		{time.Time{}, `"2h"`, http.StatusCreated, 2 * time.Hour},
	} {
		s.tokens.tokens = []login.Token{{ID: "t0", Owner: "alice"}, {ID: "t1", Owner: "alice", Scopes: []login.Scope{login.Self}, ExpiresAt: c.ends}}
		s.tokens.hashes = make([]login.Hash, 2)
		r := s.post("program", "/tokens", `{"name": "x", "expires_in": `+c.asked+`}`)
		r.want(t, c.status)
		if c.status != http.StatusCreated {
			continue
		}
		if got := decode[api.NewToken](t, r.body); !got.ExpiresAt.Equal(noon.Add(c.life)) {
			t.Errorf("%s: ends at %v", c.asked, got.ExpiresAt)
		}
	}
}

func TestATokenHasTheScopesThatWereAskedFor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, c := range []struct{ who, asked, want string }{
		{"alice", `null`, `[self]`},
		{"alice", `["servers!user=alice", "access:servers!user", "servers!user"]`, `[access:servers!user servers!user]`},
		{"alice", `["read:admin"]`, `[read:admin]`},
		{"alice", `["inherit"]`, `[inherit]`},
		{"bob", `["read:admin"]`, ``},
		{"bob", `["inherit"]`, `[inherit]`},
		{"program", `["inherit"]`, ``},
		{"program", `["admin"]`, ``},
		{"program", `["read:servers!user"]`, `[read:servers!user]`},
	} {
		s.tokens.tokens = []login.Token{{ID: "t1", Owner: "alice", Scopes: []login.Scope{login.Self}}}
		s.tokens.hashes = make([]login.Hash, 1)
		r := s.post(c.who, "/tokens", `{"name": "x", "scopes": `+c.asked+`}`)
		if c.want == "" {
			r.want(t, http.StatusUnprocessableEntity)
			continue
		}
		r.want(t, http.StatusCreated)
		if got := fmt.Sprint(decode[api.NewToken](t, r.body).Scopes); got != c.want {
			t.Errorf("%s asks for %s and gets %s", c.who, c.asked, got)
		}
	}
}
