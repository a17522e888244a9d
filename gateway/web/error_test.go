package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
)

func TestErrorPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func(path, accept, dest string, h http.HandlerFunc) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept", accept)
		r.Header.Set("Sec-Fetch-Dest", dest)
		rec := httptest.NewRecorder()
		h(rec, r)
		return rec
	}
	problem := func(status int) http.HandlerFunc {
		return func(wr http.ResponseWriter, r *http.Request) {
			w.web.Problem(wr, r, status, "It <b>failed", "Because & so", "id-1")
		}
	}
	for _, status := range []int{400, 403, 404, 413, 429, 500, 502, 503, 504} {
		rec := ask("/x", "text/html", "", problem(status))
		body := rec.Body.String()
		if rec.Code != status || !strings.Contains(body, "It &lt;b&gt;failed") || !strings.Contains(body, "id-1") || strings.Contains(body, "data-retry") {
			t.Errorf("%d: %d", status, rec.Code)
		}
		for _, f := range faultsOf(t, body) {
			t.Errorf("%d: %s", status, f)
		}
	}
	if body := ask("/user/alice/lab/", "text/html", "document", problem(502)).Body.String(); !strings.Contains(body, "data-retry") {
		t.Error("a page below /user/ does not ask again")
	}
	for _, c := range [][2]string{{"application/json", ""}, {"*/*", ""}, {"text/html", "empty"}} {
		rec := ask("/user/alice/lab/api/kernels", c[0], c[1], problem(503))
		var doc struct {
			Title, Detail string
			Status        int
			RequestID     string `json:"request_id"`
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil || doc.Status != 503 || doc.RequestID != "id-1" ||
			rec.Header().Get("Content-Type") != "application/problem+json" || rec.Header().Get("Retry-After") == "" {
			t.Errorf("%q: %v %s %v", c, err, rec.Body, rec.Header())
		}
	}
}

func TestSessionProblem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]struct {
		s      session.Session
		status int
		says   string
		retry  bool
	}{
		"queued":   {session.Session{State: session.Queued, JobReason: "Priority"}, 503, "Other jobs are ahead", true},
		"starting": {session.Session{State: session.Starting, AgentSince: time.Now()}, 503, "The app is starting", true},
		"away":     {session.Session{State: session.Ready, AgentLost: time.Now()}, 503, "Reconnecting to your app", true},
		"suspended": {
			session.Session{State: session.Ready, JobState: batch.Suspended, AgentLost: time.Now(), Node: "c1"},
			503, "The scheduler has suspended the job", true,
		},
		"stopping": {session.Session{State: session.Stopping}, 503, "is being stopped", false},
		"ended":    {session.Session{State: session.Ended, Reason: session.TimedOut}, 410, "It reached its time limit", false},
	} {
		c.s.ID, c.s.Owner, c.s.Name, c.s.App = session.NewID(), "alice", "mine", "lab"
		r := httptest.NewRequest(http.MethodGet, "/user/alice/mine/lab", nil)
		r.Header.Set("Accept", "text/html")
		rec := httptest.NewRecorder()
		w.web.SessionProblem(rec, r, c.s, "id-1")
		body := rec.Body.String()
		if rec.Code != c.status || !strings.Contains(body, c.says) || strings.Contains(body, "data-retry") != c.retry ||
			!strings.Contains(body, "/sessions/"+string(c.s.ID)) {
			t.Errorf("%s: %d %s", name, rec.Code, body)
		}
	}
}

func TestContact(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]contact{
		"":                         {},
		"help@x.example":           {"help@x.example", "mailto:help@x.example"},
		"mailto:help@x.example":    {"help@x.example", "mailto:help@x.example"},
		"https://x.example/help":   {"https://x.example/help", "https://x.example/help"},
		"room 12, or ring 34":      {Text: "room 12, or ring 34"},
		"javascript:alert(1)":      {Text: "javascript:alert(1)"},
		"a@b.example, c@d.example": {Text: "a@b.example, c@d.example"},
	} {
		if got := contactOf(text); got != want {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestInitials(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"Ada Lindqvist": "AL", "bob": "B", "Émile  van Ü": "ÉÜ"} {
		f := newWorld(t).web.frame(httptest.NewRequest(http.MethodGet, "/", nil), "", "")
		f.User = userNamed(name)
		if got := f.Initials(); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
}

func TestThemeIsRendered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for cookie, want := range map[string]string{"dark": `<html lang="en" data-theme="dark">`, "light": `<html lang="en" data-theme="light">`, `"><b>`: `<html lang="en">`} {
		r := httptest.NewRequest(http.MethodGet, "/login", nil)
		r.Header.Set("Cookie", "theme="+cookie)
		rec := httptest.NewRecorder()
		w.http.ServeHTTP(rec, r)
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("%q: not %s", cookie, want)
		}
	}
}
