package admin

import (
	"context"
	"time"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

// Person is somebody who has signed in at least once, with what they have here.
type Person struct {
	login.User
	LastLoginAt time.Time
	Logins      int // browsers that are signed in
	Tokens      int // API tokens that have not expired
	Sessions    int // live ones
	GPUs, CPUs  int // that the running ones hold
}

// PersonFilter chooses people. Zero values choose all.
type PersonFilter struct {
	Text  string // words, each of which begins a word of the name, display name or mail
	Group string // exactly
	After string // only names behind this one
	Limit int    // 0: 100
}

// Group is a group of the directory whose members hold something now.
type Group struct {
	Name           string
	Members        int // who have signed in at least once
	People         int // with a live session
	Sessions, GPUs int // live sessions; GPUs of the running ones
	CPUs           int
}

// GroupFilter chooses groups that hold something.
type GroupFilter struct {
	Name  string // begins with this
	After string
	Limit int // 0: 100
}

// UserStore keeps what is known of people.
type UserStore interface {
	// FindUsers lists people by name.
	FindUsers(ctx context.Context, f PersonFilter) ([]Person, error)
	// FindGroups lists groups by name.
	FindGroups(ctx context.Context, f GroupFilter) ([]Group, error)
	// LoginsOf lists a person's logins that have not expired, newest first.
	LoginsOf(ctx context.Context, user string) ([]login.Login, error)
	// DropLogins ends every login of the person and writes the entry, in one
	// transaction, and says how many there were.
	DropLogins(ctx context.Context, user string, e Entry) (int, error)
	// DropTokens ends every API token of the person, likewise.
	DropTokens(ctx context.Context, user string, e Entry) (int, error)
	// User reads one person; login.ErrNotFound.
	User(ctx context.Context, name string) (Person, error)
}

// Users is what admins do about people.
type Users struct {
	Store    UserStore
	Sessions *Sessions
	// Forget drops what this process has cached of a person's logins and tokens.
	Forget func(user string)
}

// SignOut ends every login of the person.
func (a *Users) SignOut(ctx context.Context, who Actor, user string) (int, error) {
	n, err := a.Store.DropLogins(ctx, user, who.Did("user.signout", user, "signed out everywhere"))
	a.forget(user)
	return n, err
}

// RevokeTokens ends every API token of the person.
func (a *Users) RevokeTokens(ctx context.Context, who Actor, user string) (int, error) {
	n, err := a.Store.DropTokens(ctx, user, who.Did("user.revoke", user, "every API token revoked"))
	a.forget(user)
	return n, err
}

func (a *Users) forget(user string) {
	if a.Forget != nil {
		a.Forget(user)
	}
}

// StopAll stops every live session of the person for a reason, and says how many
// it has stopped. Those that could not be stopped are in the error.
func (a *Users) StopAll(ctx context.Context, who Actor, user, reason string) (int, error) {
	live, err := a.Sessions.Find(ctx, SessionFilter{State: Live, Owner: user, Limit: mostStops})
	if err != nil {
		return 0, err
	}
	ids := make([]session.ID, len(live))
	for i, s := range live {
		ids[i] = s.ID
	}
	return a.Sessions.StopMany(ctx, who, ids, reason)
}
