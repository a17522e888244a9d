package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/login/logintest"
	"github.com/berth-hpc/berth/gateway/preset"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/session/sessiontest"
)

func init() { gin.SetMode(gin.TestMode) }

// world is a site in memory: its pages over real lifecycle code, a scheduler
// and a store that forget.
type world struct {
	tb    testing.TB
	web   *Web
	life  *session.Lifecycle
	store *sessiontest.Store
	sched *batchtest.Memory
	board *session.Board
	hub   *session.Hub
	desk  *office
	http  http.Handler

	directory *logintest.Directory
	logins    *logintest.Store
}

type stopped struct{}

func (stopped) Stop(session.ID, string) bool { return false }

var testApps = []session.App{
	{ID: "lab", Name: "JupyterLab", Description: "Notebooks, terminals, files", Icon: "lab", OpenPath: "lab"},
	{ID: "notebook", Name: "Notebook", Description: "The classic one", Icon: "notebook", OpenPath: "/tree"},
	{ID: "terminal", Name: "Terminal", Icon: "terminal"},
}

// newWorld makes a site; change may alter its parts before they are put together.
func newWorld(tb testing.TB, change ...func(*session.Options, *Config)) *world {
	tb.Helper()
	w := &world{tb: tb, sched: batchtest.New(), hub: session.NewHub()}
	w.store = sessiontest.New(w.hub.Publish)
	w.board = session.NewBoard([]string{"nova"}, map[string]session.QueueSource{"nova": w.sched}, time.Now)
	o := session.Options{
		Store: w.store, Logs: w.store, Limits: w.store, Board: w.board, Apps: testApps, Agents: stopped{}, Installation: "test",
		Clusters: map[string]session.Cluster{"nova": {
			Name: "nova", Scheduler: w.sched,
			Script: func(session.Session, session.App, string) ([]byte, error) { return []byte("#!/bin/sh\n"), nil },
			JobLog: func(context.Context, session.Session) string { return "" },
		}},
		Defaults: session.Defaults{App: "lab", CPUs: 2, Memory: 4 * batch.GiB, TimeLimit: batch.Duration(2 * time.Hour)},
		Now:      time.Now, Log: slog.New(slog.DiscardHandler),
	}
	c := Config{Hub: w.hub, Site: Site{Name: "Nova", Contact: "help@nova.example"}}
	for _, f := range change {
		f(&o, &c)
	}
	w.board = o.Board
	for _, s := range w.board.All() {
		_ = w.board.Refresh(tb.Context(), s.Cluster)
	}
	w.life = session.New(o)
	c.Sessions, c.Board = w.life, w.board
	w.desk = newOffice(w.store)
	c.Admin = w.desk.parts(w.life)
	w.withLogins(tb, &c)
	web, err := New(c)
	if err != nil {
		tb.Fatal(err)
	}
	web.pace = pace{
		beat: 50 * time.Millisecond, gap: time.Millisecond, board: 10 * time.Millisecond,
		age: time.Minute, linger: 50 * time.Millisecond, stall: 10 * time.Second,
	}
	w.web, w.http = web, serve(web)
	return w
}

// serve stands in for package gateway: the header X-As says who asks, and errors
// become statuses.
func serve(web *Web) http.Handler {
	e := gin.New()
	e.UseRawPath = true
	web.Routes(func(method, path string, access login.Access, h func(*gin.Context) error) {
		e.Handle(method, path, func(c *gin.Context) {
			name := c.GetHeader("X-As")
			if name == "" && access != login.Anyone {
				c.Redirect(http.StatusSeeOther, "/login?next="+url.QueryEscape(c.Request.URL.RequestURI()))
				return
			}
			if name != "" {
				who := login.Caller{LoginID: "login-of-" + name, User: login.User{Name: name, DisplayName: people[name], Mail: name + "@nova.example", Groups: []string{"users"}, Admin: name == "carol"}}
				c.Request = c.Request.WithContext(login.WithCaller(c.Request.Context(), who))
			}
			var bad *BadRequest
			switch err := h(c); {
			case err == nil:
			case errors.Is(err, session.ErrNotFound), errors.Is(err, login.ErrNotFound), errors.Is(err, preset.ErrNotFound):
				web.Error(c, http.StatusNotFound, "There is nothing here", "It may have been removed.", "req-404")
			case errors.As(err, &bad):
				web.Error(c, http.StatusBadRequest, "The request makes no sense", "", "req-400")
			default:
				web.Error(c, http.StatusInternalServerError, "Something went wrong", "It is written down.", "req-500")
			}
		})
	})
	return e
}

var people = map[string]string{"carol": "Carol Admin", "alice": "Ada Lindqvist", "bob": "Bob", "eve": `<b>Eve</b> "onload=alert(1)`}

// put stores a session as it is given, with what it leaves out filled in.
func (w *world) put(s session.Session, timeline ...session.Evidence) session.Session {
	w.tb.Helper()
	if s.ID == "" {
		s.ID = session.NewID()
	}
	if s.Owner == "" {
		s.Owner = "alice"
	}
	if s.App == "" {
		s.App = "lab"
	}
	if s.Name == "" {
		s.Name = s.App
	}
	if s.Attempt == 0 {
		s.Attempt = 1
	}
	s.Cluster = "nova"
	first := session.Evidence{At: s.CreatedAt, Source: session.FromPerson, Event: "requested", To: session.Requested, By: s.Owner, Text: "asked for"}
	made, err := w.store.Create(context.Background(), s, first, limit.Admission{})
	if err != nil {
		w.tb.Fatal(err)
	}
	for _, ev := range timeline {
		made, err = w.store.Change(context.Background(), made, ev)
		if err != nil {
			w.tb.Fatal(err)
		}
	}
	return made
}

// print adds lines to a session's log.
func (w *world) print(id session.ID, lines ...string) {
	w.tb.Helper()
	var all []session.LogLine
	for _, text := range lines {
		all = append(all, session.LogLine{At: time.Now(), Stream: "stdout", Text: text})
	}
	if err := w.store.Append(context.Background(), id, all); err != nil {
		w.tb.Fatal(err)
	}
}

// get asks for a page as somebody; "" is nobody.
func (w *world) get(as, path string) *httptest.ResponseRecorder {
	return w.do(as, http.MethodGet, path, nil)
}

// post sends a form.
func (w *world) post(as, path string, form url.Values) *httptest.ResponseRecorder {
	return w.do(as, http.MethodPost, path, strings.NewReader(form.Encode()))
}

func (w *world) do(as, method, path string, body io.Reader) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, body)
	r.Header.Set("Accept", "text/html")
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if as != "" {
		r.Header.Set("X-As", as)
	}
	rec := httptest.NewRecorder()
	w.http.ServeHTTP(rec, r)
	return rec
}
