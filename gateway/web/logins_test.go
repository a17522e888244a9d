package web

import (
	"log/slog"
	"testing"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/login/logintest"
	"github.com/berth-hpc/berth/ldapauth"
)

// withLogins gives the site a directory in which everybody's password is the
// user name.
func (w *world) withLogins(tb testing.TB, c *Config) {
	tb.Helper()
	w.directory = logintest.NewDirectory(
		ldapauth.Identity{Username: "alice", DisplayName: "Ada Lindqvist"},
		ldapauth.Identity{Username: "bob", DisplayName: "Bob"},
	)
	w.logins = logintest.NewStore()
	for name, display := range people {
		w.logins.AddUser(login.User{Name: name, DisplayName: display})
	}
	service, err := login.New(login.Config{
		Authenticator: w.directory, Store: w.logins, Tokens: w.logins, Failures: w.logins, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		tb.Fatal(err)
	}
	c.Logins = service
}

func userNamed(display string) *login.User { return &login.User{Name: "x", DisplayName: display} }
