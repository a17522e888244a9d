package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest"
	"github.com/berth-hpc/berth/gateway"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/ldapauth"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

// directory knows people by their names; a password is the name.
type directory struct{}

func (directory) Authenticate(_ context.Context, name, password string) (ldapauth.Identity, error) {
	if name != password {
		return ldapauth.Identity{}, ldapauth.ErrInvalidCredentials
	}
	return ldapauth.Identity{Username: name, DisplayName: name, Admin: name == "carol"}, nil
}

// stage is a gateway over a real database, with an in-memory scheduler.
type stage struct {
	*gateway.Gateway
	store     *sql.Store
	logins    *login.Service
	lifecycle *session.Lifecycle
	scheduler *batchtest.Memory
}

func newStage(t *testing.T) *stage {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	s := &stage{store: sqltest.New(t), scheduler: batchtest.New()}
	var err error
	s.logins, err = login.New(login.Config{Authenticator: directory{}, Store: s.store, Tokens: s.store, Failures: s.store, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	board := session.NewBoard([]string{"demo"}, map[string]session.QueueSource{"demo": s.scheduler}, time.Now)
	if err := board.Refresh(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	agents := gateway.NewAgents(make([]byte, keySize), func() {}, log)
	s.lifecycle = session.New(session.Options{
		Store: s.store, Logs: s.store, Board: board, Agents: agents, Installation: "test", Now: time.Now, Log: log,
		Apps: []session.App{appConfig{Preset: "notebook"}.fromPreset()},
		Clusters: map[string]session.Cluster{"demo": {
			Scheduler: s.scheduler, JobLog: func(context.Context, session.Session) string { return "" },
			Script: func(session.Session, session.App, string) ([]byte, error) { return []byte("#!/bin/sh\n"), nil },
		}},
	})
	s.Gateway, err = gateway.New(gateway.Config{
		Sessions: s.lifecycle, Board: board, Hub: session.NewHub(), Logins: s.logins, Ping: s.store.Ping,
		SiteName: "berth", PublicURL: "http://berth.test", Now: time.Now, Log: log, Key: make([]byte, keySize),
	}, agents)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// token signs somebody in and makes an API token.
func (s *stage) token(t *testing.T, user string) (id, secret string) {
	t.Helper()
	if _, _, err := s.logins.SignIn(t.Context(), user, user, "192.0.2.1", "test"); err != nil {
		t.Fatal(err)
	}
	token, secret, err := s.logins.CreateToken(t.Context(), user, "matrix", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return token.ID, secret
}

// ask sends one request; a live stream is left after its headers.
func (s *stage) ask(t *testing.T, method, path, secret string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	body, kind := io.Reader(nil), ""
	if method == http.MethodPost {
		body, kind = strings.NewReader("{}"), "application/json"
		if !strings.HasPrefix(path, "/api/") {
			body, kind = strings.NewReader("x=1"), "application/x-www-form-urlencoded"
		}
	}
	r := httptest.NewRequestWithContext(ctx, method, path, body)
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Accept", "text/html, */*")
	if secret != "" {
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code
}

// Every route, asked by everybody. A route that is added is in the table by
// itself; one whose answer is not as its access says fails.
func TestNobodyReachesAnothersThings(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	aliceToken, alice := s.token(t, "alice")
	_, bob := s.token(t, "bob")
	_, carol := s.token(t, "carol")
	revokedID, revoked := s.token(t, "alice")
	if err := s.logins.DeleteToken(t.Context(), "alice", revokedID); err != nil {
		t.Fatal(err)
	}
	mine, err := s.lifecycle.Launch(t.Context(), limit.Subject{User: "alice"}, session.Request{"queue": "gpu", "gpus": "1"})
	if err != nil {
		t.Fatal(err)
	}
	table := append(s.Routes(),
		gateway.Route{Method: http.MethodGet, Path: "/user/alice/" + mine.Name + "/", Access: login.SignedIn},
		gateway.Route{Method: http.MethodPost, Path: "/user/alice/" + mine.Name + "/api/kernels", Access: login.SignedIn},
		gateway.Route{Method: "PROPFIND", Path: "/user/alice/" + mine.Name + "/files", Access: login.SignedIn})
	if len(table) < 25 {
		t.Fatalf("only %d routes", len(table))
	}
	for _, route := range table {
		id := string(mine.ID)
		if strings.Contains(route.Path, "/tokens/") {
			id = aliceToken
		}
		path := strings.ReplaceAll(route.Path, ":id", id)
		alices := path != route.Path || strings.HasPrefix(path, "/user/")
		for who, secret := range map[string]string{"anonymous": "", "revoked": revoked, "forged": "berth_" + strings.Repeat("a", 40), "bob": bob, "carol": carol} {
			got := s.ask(t, route.Method, path, secret)
			known := who == "bob" || who == "carol"
			var want []int
			switch {
			case route.Access == login.Anyone:
				continue
			case !known:
				want = []int{http.StatusUnauthorized, http.StatusSeeOther}
			case alices || (route.Access == login.Admins && who == "bob"):
				want = []int{http.StatusNotFound}
			default:
				continue // the caller's own things
			}
			if !slices.Contains(want, got) {
				t.Errorf("%s %s by %s: %d, want %v", route.Method, route.Path, who, got, want)
			}
		}
	}
	if got := s.ask(t, http.MethodGet, "/api/v1/sessions/"+string(mine.ID), alice); got != http.StatusOK {
		t.Errorf("alice's own session: %d", got)
	}
	after, err := s.store.Get(t.Context(), mine.ID)
	if err != nil || after.State != session.Queued || s.scheduler.Job(mine.JobID).State != batch.Pending {
		t.Errorf("alice's session is %s (%v): somebody touched it", after.State, err)
	}
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
