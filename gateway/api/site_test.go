package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"go.uber.org/goleak"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest"
	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/api"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/session/sessiontest"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	goleak.VerifyTestMain(m)
}

const publicURL = "https://berth.example.org/hpc"

// noon is when everything in these tests happens.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// site is an API with everything behind it in memory. A request's caller is the
// user that the test names: this is not the place where logins are tested.
type site struct {
	t         testing.TB
	api       *api.API
	doc       document
	engine    *gin.Engine
	store     *sessiontest.Store
	office    *office
	hub       *session.Hub
	board     *session.Board
	scheduler *batchtest.Memory
	lifecycle *session.Lifecycle
	tokens    *tokenStore
	logins    *login.Service
}

// fairShare is the only limit of a site.
var fairShare = limit.Rule{
	ID: "fairsharefairsha", Who: limit.Who{Kind: limit.Group, Name: "students"}, Field: limit.SessionGPUs, Value: 1,
	Note: "fair share", SetBy: "carol", SetAt: noon,
}

type noAgents struct{}

func (noAgents) Stop(session.ID, string) bool { return false }

func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{t: t, hub: session.NewHub(), scheduler: batchtest.New(), tokens: &tokenStore{}}
	s.store = sessiontest.New(s.hub.Publish)
	s.office = &office{Store: s.store}
	now := func() time.Time { return noon }
	s.board = session.NewBoard([]string{"main", "far"}, map[string]session.QueueSource{"main": s.scheduler}, now)
	if err := s.board.Refresh(t.Context(), "main"); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	script := func(session.Session, session.App, string) ([]byte, error) { return []byte("#!/bin/sh\n"), nil }
	s.lifecycle = session.New(session.Options{
		Store: s.store, Logs: s.store, Limits: s.store, Board: s.board,
		Clusters:     map[string]session.Cluster{"main": {Name: "main", Scheduler: s.scheduler, Script: script}},
		Apps:         []session.App{{ID: "notebook", Name: "Notebook"}, {ID: "lab", Name: "Lab"}},
		Agents:       noAgents{},
		Installation: "test", Now: now, Log: log,
	})
	s.store.SetLimits(limit.Set{Rules: []limit.Rule{fairShare}})
	s.logins = newLogins(t, s.tokens, now)
	var err error
	s.api, err = api.New(s.config())
	if err != nil {
		t.Fatal(err)
	}
	s.engine = gin.New()
	s.api.Routes(s.route)
	s.doc = parseDocument(t, s.get("", "/openapi.json").body)
	return s
}

func (s *site) config() api.Config {
	return api.Config{
		Sessions: s.lifecycle, Board: s.board, Hub: s.hub, Logins: s.logins, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return noon }, Version: "1.2.3-test", PublicURL: publicURL + "/",
		ClusterTypes: map[string]string{"main": "slurm"}, Admin: api.Admin{
			Sessions:      &admin.Sessions{Store: s.office, Lifecycle: s.lifecycle, Now: func() time.Time { return noon }},
			Announcements: &admin.Announcements{Store: s.office, Now: func() time.Time { return noon }}, Audit: s.office,
		},
	}
}

// route does what package gateway does around a handler, in short.
func (s *site) route(method, path string, access login.Access, handle func(*gin.Context) error) {
	s.engine.Handle(method, path, func(c *gin.Context) {
		c.Header("Test-Path", path)
		caller, ok := callers[c.GetHeader("Test-Caller")]
		if access != login.Anyone && !ok {
			api.WriteProblem(c.Writer, api.Problem{Status: http.StatusUnauthorized})
			return
		}
		if ok {
			c.Request = c.Request.WithContext(login.WithCaller(c.Request.Context(), caller))
		}
		if err := handle(c); err != nil {
			if c.Writer.Written() {
				s.t.Errorf("%s %s wrote an answer and returned %v", method, path, err)
				return
			}
			api.WriteProblem(c.Writer, problem(s.t, err))
		}
	})
}

// problem maps the errors that these tests expect.
func problem(t testing.TB, err error) api.Problem {
	var (
		bad      *api.BadRequest
		invalid  *session.Invalid
		denied   *limit.Denied
		rejected *batch.Rejected
		tooLong  *http.MaxBytesError
		order    *admin.Invalid
	)
	p := api.Problem{Detail: err.Error(), RequestID: "r1", Instance: api.Base}
	switch {
	case errors.As(err, &bad):
		p.Status = bad.Status
	case errors.As(err, &invalid):
		p.Status, p.Errors = http.StatusUnprocessableEntity, invalid.Faults
	case errors.As(err, &order):
		p.Status, p.Errors = http.StatusUnprocessableEntity, []session.Fault{{Field: order.Field, Message: order.Reason}}
	case errors.As(err, &denied):
		p.Status, p.Limit = http.StatusForbidden, denied
	case errors.As(err, &rejected):
		p.Status = http.StatusUnprocessableEntity
	case errors.As(err, &tooLong):
		p.Status = http.StatusRequestEntityTooLarge
	case errors.Is(err, session.ErrNotFound), errors.Is(err, login.ErrNotFound):
		p.Status = http.StatusNotFound
	case errors.Is(err, session.ErrNameTaken):
		p.Status = http.StatusConflict
	case errors.Is(err, batch.ErrUnavailable), errors.Is(err, session.ErrStore):
		p.Status, p.RetryAfter = http.StatusServiceUnavailable, 5
	default:
		t.Errorf("an error that no test expects: %v", err)
	}
	return p
}

var callers = map[string]login.Caller{
	"alice": {User: login.User{
		Name: "alice", DisplayName: "Alice Adams", Mail: "alice@example.org", Groups: []string{"physics", "staff"}, Admin: true,
	}, LoginID: "l1"},
	"bob":     {User: login.User{Name: "bob", Groups: []string{"students"}}, LoginID: "l2"},
	"program": {User: login.User{Name: "alice"}, TokenID: "t1", Scopes: []login.Scope{login.Self}},
}

// reply is an answer that fits the document.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// get, post and del ask as the user, below /api/v1.
func (s *site) get(user, path string, headers ...string) reply {
	return s.ask(user, http.MethodGet, path, "", headers...)
}

func (s *site) post(user, path, body string, headers ...string) reply {
	return s.ask(user, http.MethodPost, path, body, append([]string{"Content-Type", "application/json"}, headers...)...)
}

func (s *site) del(user, path string) reply {
	return s.ask(user, http.MethodDelete, path, "")
}

// ask makes the request, and fails the test if the document does not know the
// answer.
func (s *site) ask(user, method, path, body string, headers ...string) reply {
	s.t.Helper()
	// The time only matters for an event stream that should have been refused.
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	req := httptest.NewRequestWithContext(ctx, method, api.Base+path, strings.NewReader(body))
	req.Header.Set("Test-Caller", user)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.engine.ServeHTTP(w, req)
	r := reply{w.Code, w.Header(), w.Body.Bytes()}
	if s.doc.root != nil {
		s.check(method, r)
	}
	return r
}

// check holds an answer against the document.
func (s *site) check(method string, r reply) {
	s.t.Helper()
	path := strings.Replace(r.header.Get("Test-Path"), ":id", "{id}", 1)
	operation := at(s.doc.root, "paths", path, strings.ToLower(method))
	answer := at(operation, "responses", strconv.Itoa(r.status))
	if answer == nil {
		s.t.Errorf("%s %s: the document does not know the status %d", method, path, r.status)
		return
	}
	answer = s.doc.follow(s.t, answer)
	kind, _, _ := strings.Cut(r.header.Get("Content-Type"), ";")
	content, _ := at(answer, "content").(map[string]any)
	if len(content) == 0 {
		if len(r.body) > 0 {
			s.t.Errorf("%s %s: a body that the document does not know", method, path)
		}
		return
	}
	media, ok := content[kind]
	if !ok {
		s.t.Errorf("%s %s, %d: the document does not know the media type %q", method, path, r.status, kind)
		return
	}
	if !strings.HasSuffix(kind, "json") {
		return
	}
	for _, fault := range s.doc.validate(s.t, at(media, "schema"), decode[any](s.t, r.body), method+" "+path) {
		s.t.Error(fault)
	}
	required, _ := at(answer, "headers").(map[string]any)
	for name, header := range required {
		if at(header, "required") == true && r.header.Get(name) == "" {
			s.t.Errorf("%s %s: the header %s is missing", method, path, name)
		}
	}
}

func (r reply) want(t testing.TB, status int) {
	t.Helper()
	if r.status != status {
		t.Fatalf("status %d, want %d: %s", r.status, status, r.body)
	}
}

func decode[T any](t testing.TB, data []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v in %q", err, data)
	}
	return v
}

// launch makes a session of the user's.
func (s *site) launch(user, body string) api.Session {
	s.t.Helper()
	r := s.post(user, "/sessions", body)
	r.want(s.t, http.StatusCreated)
	return decode[api.Session](s.t, r.body)
}

// edit changes a session's row, as the reconciler would.
func (s *site) edit(id session.ID, change func(*session.Session)) {
	s.t.Helper()
	row, err := s.store.Get(context.Background(), id)
	if err == nil {
		change(&row)
		_, err = s.store.Change(context.Background(), row, session.Evidence{})
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// print adds lines to a session's log.
func (s *site) print(id session.ID, lines ...string) {
	s.t.Helper()
	var out []session.LogLine
	for _, line := range lines {
		out = append(out, session.LogLine{At: noon, Stream: "stdout", Text: line})
	}
	if err := s.store.Append(context.Background(), id, out); err != nil {
		s.t.Fatal(err)
	}
}
