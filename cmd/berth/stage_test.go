package main

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch/batchtest"
	"github.com/berth-hpc/berth/gateway"
	"github.com/berth-hpc/berth/gateway/cron"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/usage"
	"github.com/berth-hpc/berth/ldapauth"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

// directory knows people by their names; a password is the name. carol is an
// admin, and so is everybody in admins.
type directory struct {
	mu     sync.Mutex
	admins string
}

func (d *directory) Authenticate(_ context.Context, name, password string) (ldapauth.Identity, error) {
	if name == "" || name != password {
		return ldapauth.Identity{}, ldapauth.ErrInvalidCredentials
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return ldapauth.Identity{Username: name, DisplayName: name, Admin: name == "carol" || strings.Contains(d.admins, name)}, nil
}

// appoint changes who is an admin beside carol.
func (d *directory) appoint(names string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.admins = names
}

// stage is a gateway over a real database, with an in-memory scheduler.
type stage struct {
	*gateway.Gateway
	directory *directory
	store     *sql.Store
	logins    *login.Service
	lifecycle *session.Lifecycle
	scheduler *batchtest.Memory
}

func newStage(t *testing.T) *stage {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	s := &stage{directory: &directory{}, store: sqltest.New(t), scheduler: batchtest.New()}
	var err error
	s.logins, err = login.New(login.Config{
		Authenticator: s.directory, Store: s.store, Tokens: s.store, Failures: s.store, MaxTokens: 10_000, Log: log,
		Throttle: login.Throttle{Token: login.Rate{Burst: 1_000_000, Every: time.Millisecond}},
	})
	if err != nil {
		t.Fatal(err)
	}
	board := session.NewBoard([]string{"demo"}, map[string]session.QueueSource{"demo": s.scheduler}, time.Now)
	if err := board.Refresh(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	agents := gateway.NewAgents(make([]byte, keySize), func() {}, log)
	s.lifecycle = session.New(session.Options{
		Store: s.store, Logs: s.store, Limits: s.store, Board: board, Agents: agents, Installation: "test", Now: time.Now, Log: log,
		Apps: []session.App{appConfig{Preset: "notebook"}.fromPreset()},
		Clusters: map[string]session.Cluster{"demo": {
			Scheduler: s.scheduler, JobLog: func(context.Context, session.Session) string { return "" },
			Script: func(session.Session, session.App, string) ([]byte, error) { return []byte("#!/bin/sh\n"), nil },
		}},
	})
	config := &fileConfig{Replica: "stage", PublicURL: "http://berth.test", StateDir: t.TempDir()}
	runner, err := cron.New(cron.Config{Store: s.store, Zone: time.UTC, Replica: "stage", Log: log, Jobs: []cron.Job{
		{Name: "purge", Spec: "@daily", About: "Nothing here.", Run: func(context.Context) (string, error) { return "", nil }},
	}})
	if err != nil {
		t.Fatal(err)
	}
	s.Gateway, err = gateway.New(gateway.Config{
		Sessions: s.lifecycle, Board: board, Hub: session.NewHub(), Logins: s.logins, Ping: s.store.Ping, People: s.store, Hold: time.Millisecond,
		Admin: newAdmin(s.store, s.lifecycle, s.logins, runner, vitals{config: config, store: s.store, board: board, runner: runner}),
		Use:   usage.NewRecorder(s.store, time.Now, log), UseSource: s.store, Presets: newPresets(config, s.store), Reports: usageReporter(s.store, nil),
		SiteName: "berth", PublicURL: "http://berth.test", Now: time.Now, Log: log, Key: make([]byte, keySize),
	}, agents)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// signIn makes a login, as of now or of another time, and returns its cookie.
func (s *stage) signIn(t *testing.T, user string) (login.Login, string) {
	t.Helper()
	l, cookie, err := s.logins.SignIn(t.Context(), user, user, "192.0.2.1", "test")
	if err != nil {
		t.Fatal(err)
	}
	return l, cookie
}

// token makes an API token for somebody who has signed in.
func (s *stage) token(t *testing.T, user string, scopes ...login.Scope) (id, secret string) {
	t.Helper()
	l, _ := s.signIn(t, user)
	token, secret, err := s.logins.CreateToken(t.Context(), login.Caller{User: l.User, LoginID: l.ID},
		login.NewToken{Name: "matrix", Life: time.Hour, Scopes: scopes})
	if err != nil {
		t.Fatal(err)
	}
	return token.ID, secret
}
