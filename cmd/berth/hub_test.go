package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/hub"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

// send asks the API of JupyterHub.
func (s *stage) send(t *testing.T, method, path, token, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/hub/api"+path, strings.NewReader(body))
	if token != "" {
		r.Header.Set("Authorization", "token "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func read[T any](t *testing.T, w *httptest.ResponseRecorder, status int) (v T) {
	t.Helper()
	if w.Code != status {
		t.Fatalf("%d, want %d: %s", w.Code, status, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return v
}

// become moves a session on, as its job and agent would.
func (s *stage) become(t *testing.T, id session.ID, state session.State) {
	t.Helper()
	row, err := s.store.Get(t.Context(), id)
	if err == nil {
		from := row.State
		row.State = state
		if state == session.Ended {
			row.Reason, row.EndedAt = session.Failed, time.Now()
		}
		_, err = s.store.Change(t.Context(), row, session.Evidence{At: time.Now(), Source: session.FromQueue, Event: session.EvRunning, From: from, To: state})
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Changed(id)
}

// The calls of VS Code's extension, in order, with what it sends and looks at:
// bodies without a JSON content type, statuses 201 and 202 alone, and the user
// model's servers[name].ready and url.
func TestAsVSCodeCalls(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	if got := read[map[string]string](t, s.send(t, "GET", "", "", "", "Connection", "keep-alive"), 200); got["version"] == "" {
		t.Error(got)
	}
	text := []string{"Content-Type", "text/plain;charset=UTF-8", "User-Agent", "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)"}
	body := `{"auth":{"username":"alice","password":"%s"},"note":"Requested by JupyterHub extension in VSCode"}`
	if w := s.send(t, "POST", "/users/alice/tokens", "", fmt.Sprintf(body, "wrong"), text...); w.Code != 403 || strings.Contains(w.Body.String(), "token\"") {
		t.Errorf("a wrong password: %d %s", w.Code, w.Body)
	}
	if w := s.send(t, "POST", "/users/bob/tokens", "", fmt.Sprintf(body, "alice"), text...); w.Code != 403 {
		t.Errorf("alice's password for bob: %d %s", w.Code, w.Body)
	}
	made := read[hub.NewToken](t, s.send(t, "POST", "/users/alice/tokens", "", fmt.Sprintf(body, "alice"), text...), 201)
	if made.ID == "" || made.User != "alice" || made.Note != "Requested by JupyterHub extension in VSCode" {
		t.Errorf("%+v", made)
	}
	look := func(query string) hub.User {
		return read[hub.User](t, s.send(t, "GET", "/users/alice"+query, made.Secret, "", text[2:]...), 200)
	}
	if u := look(""); u.Name != "alice" || len(u.Servers) != 0 || u.Server != nil {
		t.Errorf("%+v", u)
	}
	// The start is held until the notebook is ready.
	started := make(chan int)
	go func() { started <- s.send(t, "POST", "/users/alice/server", made.Secret, "", text[2:]...).Code }()
	mine := s.awaitSession(t, "alice")
	select {
	case code := <-started:
		t.Fatalf("answered with %d while the job waits", code)
	default:
	}
	if u := read[hub.User](t, s.send(t, "GET", "/users/alice", s.other(t), ""), 200); *u.Servers[""].Pending != "spawn" || u.Servers[""].Ready {
		t.Errorf("meanwhile: %+v", u.Servers)
	}
	s.become(t, mine.ID, session.Ready)
	if code := <-started; code != 201 {
		t.Errorf("ready, but %d", code)
	}
	u := look("?include_stopped_servers")
	if one := u.Servers[""]; !one.Ready || one.URL != "/user/alice/notebook/" || u.Server == nil || *u.Server != one.URL {
		t.Errorf("%+v", u)
	}
	if w := s.send(t, "POST", "/users/alice/server", made.Secret, ""); w.Code != 400 {
		t.Errorf("started twice: %d %s", w.Code, w.Body)
	}
	if w := s.send(t, "DELETE", "/users/alice/server", made.Secret, ""); w.Code != 202 {
		t.Errorf("stop: %d %s", w.Code, w.Body)
	}
	s.become(t, mine.ID, session.Ended)
	if u := look("?include_stopped_servers"); !u.Servers[""].Stopped || u.Server != nil {
		t.Errorf("afterwards: %+v", u)
	}
	if w := s.send(t, "DELETE", "/users/alice/tokens/"+made.ID, made.Secret, ""); w.Code != 204 {
		t.Errorf("delete the token: %d", w.Code)
	}
	if w := s.send(t, "GET", "/users/alice", made.Secret, ""); w.Code != 403 {
		t.Errorf("a deleted token: %d", w.Code)
	}
}

// other is another token of alice's, of a client that is not held.
func (s *stage) other(t *testing.T) string {
	_, secret := s.token(t, "alice", login.Self)
	return secret
}

// awaitSession waits until the person has a live session with a job.
func (s *stage) awaitSession(t *testing.T, owner string) session.Session {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		list, err := s.store.List(ctx, session.Filter{Owner: owner, Live: true})
		if err != nil {
			t.Fatal(err)
		}
		if len(list) > 0 && list[0].State == session.Queued {
			return list[0]
		}
		<-tick.C
	}
}

// A proxy may cut a long start short. The client then looks ten times at the
// person; the first look goes on waiting.
func TestAStartThatWasCutShort(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	made := read[hub.NewToken](t, s.send(t, "POST", "/users/alice/tokens", "", `{"auth":{"username":"alice","password":"alice"},"note":"x in VSCode"}`), 201)
	ctx, cut := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() {
		r := httptest.NewRequestWithContext(ctx, "POST", "/hub/api/users/alice/server", nil)
		r.Header.Set("Authorization", "token "+made.Secret)
		s.ServeHTTP(httptest.NewRecorder(), r)
		close(over)
	}()
	mine := s.awaitSession(t, "alice")
	s.become(t, mine.ID, session.Starting)
	cut()
	<-over
	looked := make(chan *httptest.ResponseRecorder)
	go func() { looked <- s.send(t, "GET", "/users/alice", made.Secret, "") }()
	s.become(t, mine.ID, session.Ready)
	if u := read[hub.User](t, <-looked, 200); !u.Servers[""].Ready {
		t.Errorf("%+v", u.Servers)
	}
}

// A start by a client that is not known to be hasty is answered soon, as
// JupyterHub does; starting again is the same start; a failed one says why.
func TestStartsAsScriptsDoThem(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	token := s.other(t)
	start := func(path, body string) *httptest.ResponseRecorder {
		return s.send(t, "POST", "/users/alice"+path, token, body)
	}
	for body, want := range map[string]int{
		`[`: 400, `{"queue": {"a": 1}}`: 400, `{"name": "x"}`: 400, `{"queue": "none"}`: 400, `{"user_options": []}`: 400, `{"app": "emacs"}`: 400,
	} {
		if w := start("/servers/work", body); w.Code != want || read[hub.Refusal](t, w, want).Message == "" {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	if w := start("/servers/No_Name", ""); w.Code != 400 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := start("/servers/work", `{"user_options": {"queue": ["gpu"], "gpus": 1, "cpus": 3, "time_limit": "30m"}, "display_name": "Work"}`); w.Code != 202 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if w := start("/servers/work", ""); w.Code != 202 {
		t.Errorf("again: %d %s", w.Code, w.Body)
	}
	mine := s.awaitSession(t, "alice")
	one := read[hub.Server](t, s.send(t, "GET", "/users/alice/servers/work", token, ""), 200)
	if one.Name != "work" || one.UserOptions["cpus"] != 3.0 || one.ProgressURL != "/hub/api/users/alice/servers/work/progress" || one.Started == nil {
		t.Errorf("%+v", one)
	}
	// As it was the last time.
	s.become(t, mine.ID, session.Ended)
	if w := start("/servers/work", ""); w.Code != 202 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if again := s.awaitSession(t, "alice"); again.Resources != mine.Resources || again.TimeLimit != mine.TimeLimit || again.Queue != "gpu" || again.Name != "work" {
		t.Errorf("%+v", again)
	}
}

// progress reads a start's events.
func events(t *testing.T, w *httptest.ResponseRecorder) (all []hub.Progress) {
	t.Helper()
	for line := range strings.Lines(w.Body.String()) {
		if data, ok := strings.CutPrefix(strings.TrimSpace(line), "data: "); ok {
			var p hub.Progress
			if err := json.Unmarshal([]byte(data), &p); err != nil {
				t.Fatal(err)
			}
			all = append(all, p)
		}
	}
	return all
}

func TestProgress(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	token := s.other(t)
	for _, end := range []session.State{session.Ready, session.Ended} {
		mine := s.launch(t, "notebook")
		done := make(chan *httptest.ResponseRecorder)
		go func() { done <- s.send(t, "GET", "/users/alice/server/progress", token, "") }()
		s.become(t, mine.ID, session.Starting)
		s.become(t, mine.ID, end)
		w := <-done
		all := events(t, w)
		last := all[len(all)-1]
		if w.Header().Get("Content-Type") != "text/event-stream" || last.Progress != 100 || last.Ready != (end == session.Ready) || last.Failed == last.Ready {
			t.Errorf("%s: %+v", end, all)
		}
		if last.Ready && *last.URL != "/user/alice/notebook/" {
			t.Errorf("%+v", last)
		}
		if end == session.Ready {
			s.become(t, mine.ID, session.Ended)
		}
	}
	if w := s.send(t, "GET", "/users/alice/servers/none/progress", token, ""); w.Code != 404 {
		t.Errorf("%d", w.Code)
	}
}

// A script as sites write them: who is active, and stop what is idle. It has the
// scopes that JupyterHub's documents name for it.
func TestAsACullerCalls(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	_, token := s.token(t, "carol", login.ListUsers, login.UserActivity, login.ReadServers, login.StopServers)
	for _, name := range []string{"bob", "dave"} {
		s.signIn(t, name)
	}
	s.signIn(t, "alice")
	first, second := s.launch(t, "notebook"), s.launch(t, "other")
	s.become(t, first.ID, session.Ready)

	type paged struct {
		Items []hub.User `json:"items"`
		About struct {
			Offset, Limit, Total int
			Next                 *struct {
				Offset, Limit int
				URL           string
			}
		} `json:"_pagination"`
	}
	var names []string
	next := "/users?limit=2"
	for next != "" {
		p := read[paged](t, s.send(t, "GET", next, token, "", "Accept", "application/jupyterhub-pagination+json"), 200)
		for _, u := range p.Items {
			names = append(names, u.Name)
		}
		if p.About.Total != 4 || p.About.Limit != 2 {
			t.Errorf("%+v", p.About)
		}
		next = ""
		if p.About.Next != nil {
			next = strings.TrimPrefix(p.About.Next.URL, "http://berth.test/hub/api")
		}
	}
	if !slices.Equal(names, []string{"alice", "bob", "carol", "dave"}) {
		t.Errorf("%q", names)
	}
	for state, want := range map[string]string{"active": "alice", "ready": "alice", "inactive": "bob carol dave"} {
		var got []string
		for _, u := range read[[]hub.User](t, s.send(t, "GET", "/users?state="+state, token, ""), 200) {
			got = append(got, u.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q", state, got)
		}
	}
	if w := s.send(t, "GET", "/users?state=some", token, ""); w.Code != 400 {
		t.Errorf("%d", w.Code)
	}
	users := read[[]hub.User](t, s.send(t, "GET", "/users?state=ready", token, ""), 200)
	if one := users[0].Servers[""]; !one.Ready || one.LastActivity == nil || users[0].Servers["other"].Ready {
		t.Errorf("%+v", users[0])
	}
	if w := s.send(t, "DELETE", "/users/alice/server", token, ""); w.Code != 202 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := s.send(t, "POST", "/users/alice/server", token, ""); w.Code != 403 {
		t.Errorf("it starts: %d", w.Code)
	}
	if after, err := s.store.Get(t.Context(), first.ID); err != nil || after.StopReason != session.StoppedByAdmin || after.StoppedBy != "carol" {
		t.Errorf("%+v %v", after, err)
	}
	if after, err := s.store.Get(t.Context(), second.ID); err != nil || after.State != session.Queued {
		t.Errorf("the other: %+v %v", after, err)
	}
	log, err := s.store.AuditLog(t.Context(), admin.AuditFilter{Target: string(first.ID)})
	if err != nil || len(log) != 1 || log[0].By != "carol" {
		t.Errorf("%+v %v", log, err)
	}
}

func TestHubTokensAndSelf(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	token := s.other(t)
	self := read[hub.Self](t, s.send(t, "GET", "/user", token, ""), 200)
	if self.Name != "alice" || self.TokenID == nil || !slices.Contains(self.Scopes, "access:servers!user=alice") || slices.Contains(self.Scopes, "read:servers") {
		t.Errorf("%+v", self)
	}
	made := read[hub.NewToken](t, s.send(t, "POST", "/users/alice/tokens", token, `{"expires_in": 60, "scopes": ["read:servers!user=alice"], "note": "n"}`), 201)
	if made.ExpiresAt == nil || !slices.Equal(made.Scopes, []login.Scope{login.OwnRead}) {
		t.Errorf("%+v", made)
	}
	for body, want := range map[string]int{
		`{"scopes": ["admin:users"]}`: 400, `{"scopes": "self"}`: 400, `{"expires_in": "x"}`: 400, `{"expires_in": -1}`: 400,
		`{"roles": ["admin"]}`: 400, `{"scopes": ["read:admin"]}`: 400, `{"expires_in": 999999999}`: 400, `"x"`: 400,
	} {
		if w := s.send(t, "POST", "/users/alice/tokens", token, body); w.Code != want {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	if w := s.send(t, "POST", "/users/alice/server", made.Secret, ""); w.Code != 403 {
		t.Errorf("a token to read starts: %d", w.Code)
	}
	list := read[map[string][]hub.Token](t, s.send(t, "GET", "/users/alice/tokens", token, ""), 200)["api_tokens"]
	if len(list) != 2 {
		t.Errorf("%+v", list)
	}
	old := read[map[string]json.RawMessage](t, s.send(t, "POST", "/authorizations/token", "", `{"username": "bob", "password": "bob"}`), 200)
	if len(old["token"]) < 20 || !strings.Contains(string(old["user"]), `"name":"bob"`) {
		t.Errorf("%s", old["user"])
	}
	for n := range 20 {
		w := s.send(t, "POST", "/authorizations/token", "", `{"username": "bob", "password": "guess"}`)
		if w.Code == 429 {
			break
		}
		if w.Code != 403 || n == 19 {
			t.Fatalf("guess %d: %d", n, w.Code)
		}
	}
}

func TestHubActivityAndGroups(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	token := s.other(t)
	s.launch(t, "notebook")
	now := time.Now().UTC().Format(time.RFC3339)
	for body, want := range map[string]int{
		`{"last_activity": "` + now + `", "servers": {"": {"last_activity": "` + now + `"}}}`: 200,
		`{"servers": {"none": {"last_activity": "` + now + `"}}}`:                             400,
		`{}`:                            400,
		`{"servers": {"": {}}}`:         400,
		`{"last_activity": "tomorrow"}`: 400,
		`{"last_activity": "2099-01-01T00:00:00Z"}`: 400,
	} {
		if w := s.send(t, "POST", "/users/alice/activity", token, body); w.Code != want {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	_, admins := s.token(t, "carol", login.ReadAdmin)
	if got := s.send(t, "GET", "/groups", admins, ""); strings.TrimSpace(got.Body.String()) != "[]" {
		t.Errorf("%s", got.Body)
	}
	for _, path := range []string{"/proxy", "/services"} {
		w := s.send(t, "GET", path, admins, "")
		if w.Code != http.StatusNotImplemented || !strings.Contains(w.Body.String(), "berth does not have") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if w := s.send(t, "GET", "/none", admins, ""); w.Code != 404 || !strings.Contains(w.Body.String(), `"status":404`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// JupyterHub's pages lead to ours.
func TestHubPages(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	_, cookie := s.signIn(t, "alice")
	alice := persona{cookie: cookie}
	mine := s.launch(t, "notebook")
	for path, want := range map[string]string{
		"/hub/home": "/", "/hub/token": "/tokens", "/hub/spawn": "/sessions/new", "/hub/admin": "/admin",
		"/hub/login?next=%2Fhub%2Fhome":                 "/login?next=%2Fhub%2Fhome",
		"/hub/spawn-pending/alice":                      "/sessions/" + string(mine.ID) + "?open=1",
		"/hub/user-redirect/lab/tree/a%20b.ipynb?x=%2F": "/user/alice/notebook/lab/tree/a%20b.ipynb?x=%2F",
		"/hub/user-redirect//evil.example/":             "/user/alice/notebook/evil.example/",
	} {
		if status, to := s.ask(t, "GET", path, alice); status != 302 || to != want {
			t.Errorf("%s: %d %s", path, status, to)
		}
	}
	_, cookie = s.signIn(t, "bob")
	if status, to := s.ask(t, "GET", "/hub/user-redirect/lab", persona{cookie: cookie}); status != 302 || to != "/sessions/new" {
		t.Errorf("bob: %d %s", status, to)
	}
}

// A program's request to an app that is on its way waits for it.
func TestProgramsWaitForTheirApp(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	mine := s.launch(t, "notebook")
	ask := func(p persona) chan int {
		done := make(chan int, 1)
		go func() {
			status, _ := s.ask(t, "GET", "/user/alice/notebook/api/kernels", p)
			done <- status
		}()
		return done
	}
	_, cookie := s.signIn(t, "alice")
	if status := <-ask(persona{cookie: cookie}); status != http.StatusServiceUnavailable {
		t.Errorf("a browser is told to wait: %d", status)
	}
	held := ask(persona{token: s.other(t)})
	s.become(t, mine.ID, session.Starting)
	select {
	case status := <-held:
		t.Errorf("answered with %d while it starts", status)
	default:
	}
	s.become(t, mine.ID, session.Ended)
	if status := <-held; status != http.StatusGone {
		t.Errorf("it has ended: %d", status)
	}
}
