package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/preset"
	"github.com/berth-hpc/berth/gateway/session"
)

// whose says whose things a route shows or changes.
type whose string

const (
	nobodys whose = "nobodys" // the same for everybody, also without a login
	ones    whose = "ones"    // the caller's own, whoever that is
	alices  whose = "alices"  // alice's, by an id or name in the path: others get 404
	admins  whose = "admins"  // everybody's: who is no admin gets 404
)

// row is what is expected of a route: whose things it is about, and the scope
// without which a token gets 403 ("": none is needed).
type row struct {
	whose whose
	scope login.Scope
}

// rows is the whole matrix. Its parts are in files of their own, by area.
func rows() map[string]row {
	all := map[string]row{}
	for _, part := range []map[string]row{pageRows, apiRows, adminRows, hubRows} {
		maps.Copy(all, part)
	}
	return all
}

// persona is somebody who asks for everything.
type persona struct {
	name   string
	cookie string
	token  string
	// user is "" for somebody whom nothing may let in.
	user   string
	scopes []login.Scope // of the token
}

// personas signs everybody in, or tries to. The token is one of alice's.
func (s *stage) personas(t *testing.T) (all []persona, token string) {
	t.Helper()
	for _, name := range []string{"alice", "bob", "carol"} {
		_, cookie := s.signIn(t, name)
		all = append(all, persona{name: name, cookie: cookie, user: name})
	}
	add := func(name, user string, scopes ...login.Scope) (id string) {
		id, secret := s.token(t, user, scopes...)
		all = append(all, persona{name: name, token: secret, user: user, scopes: scopes})
		return id
	}
	token = add("alice's read token", "alice", login.OwnRead)
	add("alice's launch token", "alice", login.OwnServers)
	add("alice's app token", "alice", login.OwnAccess)
	add("alice's full token", "alice", login.Inherit)
	add("bob's full token", "bob", login.Inherit)
	add("carol's admin-read token", "carol", login.ReadAdmin)
	add("carol's admin token", "carol", login.Admin)
	add("carol's own token", "carol", login.Self)

	s.directory.appoint("erin")
	add("the admin token of one who is no admin any more", "erin", login.Admin, login.Self)
	s.directory.appoint("")
	s.signIn(t, "erin")

	out := func(name, cookie, secret string) {
		all = append(all, persona{name: name, cookie: cookie, token: secret})
	}
	out("nobody", "", "")
	out("a forged token", "", "berth_"+strings.Repeat("A", 43))
	out("a forged login", strings.Repeat("A", 43), "")
	id, secret := s.token(t, "alice", login.Inherit)
	if err := s.logins.DeleteToken(t.Context(), "alice", id); err != nil {
		t.Fatal(err)
	}
	out("a revoked token", "", secret)
	cookie, secret := s.past(t, "alice")
	out("an expired login", cookie, "")
	out("an expired token", "", secret)
	_, cookie = s.signIn(t, "dave")
	_, secret = s.token(t, "dave", login.Inherit)
	if err := s.logins.Revoke(t.Context(), "dave"); err != nil {
		t.Fatal(err)
	}
	out("the login of one who has left", cookie, "")
	out("the token of one who has left", "", secret)
	return all, token
}

// past makes a login and a token that ended long ago.
func (s *stage) past(t *testing.T, user string) (cookie, secret string) {
	t.Helper()
	then, err := login.New(login.Config{
		Authenticator: s.directory, Store: s.store, Tokens: s.store, Log: s.Log,
		Now: func() time.Time { return time.Now().Add(-1000 * time.Hour) },
	})
	if err != nil {
		t.Fatal(err)
	}
	now := s.logins
	defer func() { s.logins = now }()
	s.logins = then
	_, cookie = s.signIn(t, user)
	_, secret = s.token(t, user, login.Inherit)
	return cookie, secret
}

// expect is what the persona must get.
func (r row) expect(route string, p persona) int {
	by := login.Caller{User: login.User{Name: p.user, Admin: p.user == "carol"}, Scopes: p.scopes}
	if p.token != "" {
		by.TokenID = "t"
	}
	switch {
	case r.whose == nobodys:
		return http.StatusOK
	case p.user == "":
		return http.StatusUnauthorized
	case r.whose == admins && p.user != "carol":
		return http.StatusNotFound
	case forAll[route] != "" && by.May(forAll[route]):
		return http.StatusOK
	case !by.May(r.scope):
		return http.StatusForbidden
	case r.whose == alices && p.user != "alice":
		return http.StatusNotFound
	}
	return http.StatusOK // or whatever else comes of being let in
}

// Every route, asked by everybody.
func TestNobodyReachesAnothersThings(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	people, token := s.personas(t)
	s.launch(t, "notebook") // also JupyterHub's default server
	mine := s.launch(t, "mine")
	all := s.table(t)
	for _, route := range slices.Sorted(maps.Keys(all)) {
		r := all[route]
		for _, p := range people {
			if want := r.expect(route, p); want != http.StatusOK {
				s.try(t, route, r, p, mine, token, want)
			}
		}
	}
	after, err := s.store.Get(t.Context(), mine.ID)
	if err != nil || after.State != session.Queued || s.scheduler.Job(mine.JobID).State != batch.Pending {
		t.Errorf("alice's session is %s (%v): somebody touched it", after.State, err)
	}
	if own, err := s.store.TokensOf(t.Context(), "alice"); err != nil || !slices.ContainsFunc(own, func(t login.Token) bool { return t.ID == token }) {
		t.Errorf("alice's token is gone (%v)", err)
	}
	for n, route := range slices.Sorted(maps.Keys(all)) {
		r := all[route]
		for i, p := range people {
			if r.expect(route, p) != http.StatusOK || (r.whose == nobodys && p.user != "") {
				continue
			}
			if r.whose == alices && (!strings.HasPrefix(route, "GET ") || strings.Contains(route, "/tokens/") || strings.Contains(route, " /user/")) { // each finds it untouched
				mine = s.launch(t, fmt.Sprintf("mine-%d-%d", n, i))
				token, _ = s.token(t, "alice")
				if strings.Contains(route, " /user/") {
					s.become(t, mine.ID, session.Ended) // a program would be held while it starts
				}
			}
			s.try(t, route, r, p, mine, token, http.StatusOK)
		}
	}
}

// table is the matrix, once it is certain that it is about the routes that
// there are.
func (s *stage) table(t *testing.T) map[string]row {
	t.Helper()
	all := rows()
	unused := maps.Clone(all)
	for _, route := range s.Routes() {
		name := route.Method + " " + route.Path
		r, ok := all[name]
		delete(unused, name)
		if !ok {
			t.Fatalf("the matrix does not know the route %q. Add a line to pageRows, apiRows, adminRows or hubRows in matrix_*_rows_test.go, "+
				"which says whose things it is about (nobodys, ones, alices, admins) and which scope a token needs for it. Perhaps:\n\t%q: {%s, %q},",
				name, name, guess(route), route.Scope)
		}
		if route.All != forAll[name] {
			t.Errorf("%s: forAll has %q, the route table %q", name, forAll[name], route.All)
		}
		if route.Scope != r.scope || (route.Access == login.Anyone) != (r.whose == nobodys) || route.Access.ForAdmins() != (r.whose == admins) {
			t.Errorf("%s: the matrix expects %s with the scope %q; the route table has access %d with the scope %q",
				name, r.whose, r.scope, route.Access, route.Scope)
		}
	}
	for name := range unused {
		t.Errorf("the matrix has a row for %q, which is no route", name)
	}
	// What is no route of the table: the apps themselves.
	for _, app := range []string{"GET /user/alice/:name/", "POST /user/alice/:name/api/kernels", "PROPFIND /user/alice/:name/files"} {
		all[app] = row{alices, login.OwnAccess}
	}
	return all
}

func guess(route gateway.Route) whose {
	switch {
	case route.Access == login.Anyone:
		return nobodys
	case route.Access.ForAdmins():
		return admins
	case strings.Contains(route.Path, ":"):
		return alices
	}
	return ones
}

// launch makes a session of alice's.
func (s *stage) launch(t *testing.T, name string) session.Session {
	t.Helper()
	made, err := s.lifecycle.Launch(t.Context(), limit.Subject{User: "alice"}, session.Request{"queue": "gpu", "gpus": "1", "name": name})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// preset makes a preset of alice's.
func (s *stage) preset(t *testing.T) string {
	t.Helper()
	id := string(session.NewID())
	p := preset.Preset{ID: id, Owner: "alice", Name: id, Values: session.Request{"gpus": "1"}, CreatedAt: time.Now()}
	if err := s.store.AddPreset(t.Context(), p, 10_000); err != nil {
		t.Fatal(err)
	}
	return id
}

// try asks for a route as somebody; want 200 is anything that shows that one
// was let in.
func (s *stage) try(t *testing.T, route string, r row, p persona, mine session.Session, token string, want int) {
	t.Helper()
	method, path, _ := strings.Cut(route, " ")
	id := string(mine.ID)
	if strings.Contains(path, "/tokens/") {
		id = token
	}
	if strings.Contains(path, "/presets/") {
		id = s.preset(t)
	}
	full := strings.NewReplacer(":id", id, ":session", id, ":user", "alice", ":name", mine.Name, ":server", mine.Name, ":file", "none.css", "*path", "tree", ":job", "purge").Replace(path)
	got, to := s.ask(t, method, full, p)
	refused := got == http.StatusUnauthorized || got == http.StatusForbidden || strings.HasPrefix(to, "/login")
	ok := got == want
	switch want {
	case http.StatusOK:
		missing := got == http.StatusNotFound && (r.whose == alices || !strings.Contains(path, ":"))
		ok = (got < http.StatusInternalServerError || got == http.StatusNotImplemented) && !missing && (!refused || r.whose == nobodys)
		if strings.HasPrefix(path, "/user/") { // no app runs here
			ok = got == http.StatusServiceUnavailable || got == http.StatusConflict || (got < 500 && !refused && !missing)
		}
	case http.StatusUnauthorized:
		ok = got == want || (got == http.StatusSeeOther && strings.HasPrefix(to, "/login"))
		if strings.HasPrefix(path, "/hub/api") { // as JupyterHub says it
			ok = got == http.StatusForbidden
		}
	}
	if !ok {
		t.Errorf("%s by %s: %d %s, want %d", route, p.name, got, to, want)
	}
}

// recorder is an answer of which only the beginning matters: a live stream is
// left when it begins.
type recorder struct {
	*httptest.ResponseRecorder
	leave context.CancelFunc
}

func (r recorder) Flush() {
	r.ResponseRecorder.Flush()
	r.leave()
}

// ask sends one request, and returns the status and where it leads.
func (s *stage) ask(t *testing.T, method, path string, p persona) (status int, to string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	body, kind := io.Reader(nil), ""
	if method != http.MethodGet {
		body, kind = strings.NewReader("{}"), "application/json"
		if !strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/hub/api") {
			body, kind = strings.NewReader("x=1"), "application/x-www-form-urlencoded"
		}
	}
	r := httptest.NewRequestWithContext(ctx, method, path, body)
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Accept", "text/html, */*")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if p.cookie != "" {
		r.AddCookie(&http.Cookie{Name: login.CookieName(false), Value: p.cookie})
	}
	if p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	w := recorder{httptest.NewRecorder(), cancel}
	s.ServeHTTP(w, r)
	return w.Code, w.Header().Get("Location")
}

// Another site's page cannot make a signed-in browser change anything.
func TestForeignPagesChangeNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	_, cookie, err := s.logins.SignIn(t.Context(), "alice", "alice", "192.0.2.1", "test")
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range s.Routes() {
		if route.Method == http.MethodGet {
			continue
		}
		r := httptest.NewRequestWithContext(t.Context(), route.Method, strings.ReplaceAll(route.Path, ":id", "x"), strings.NewReader(""))
		r.AddCookie(&http.Cookie{Name: login.CookieName(false), Value: cookie})
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Origin", "https://evil.example")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusForbidden {
			t.Errorf("%s %s from another site: %d", route.Method, route.Path, w.Code)
		}
	}
}
