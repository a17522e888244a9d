package leaver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/ldapauth"
)

// Source looks people up without a password; see ldapauth.Authenticator.Lookup.
type Source interface {
	Lookup(ctx context.Context, username string) (ldapauth.Identity, error)
}

// Person is somebody who has something here: a login, a token, or a session.
type Person struct {
	Name      string
	GoneSince time.Time // when the directory was first seen not to let them in; zero: it does
}

// Store keeps people.
type Store interface {
	// Holders lists everybody who has something here, by name.
	Holders(ctx context.Context) ([]Person, error)
	// SetGone notes since when somebody is gone; the zero time: back.
	SetGone(ctx context.Context, name string, since time.Time) error
	// RefreshUser writes what the directory says of a person who has signed in
	// before, if it is new, and reports whether it was.
	RefreshUser(ctx context.Context, u login.User) (bool, error)
}

// Leaving does what is due when somebody has left. admin.Users is one.
type Leaving interface {
	StopAll(ctx context.Context, who admin.Actor, user, reason string) (int, error)
	SignOut(ctx context.Context, who admin.Actor, user string) (int, error)
	RevokeTokens(ctx context.Context, who admin.Actor, user string) (int, error)
}

// Sync compares.
type Sync struct {
	Source  Source
	Store   Store
	Leaving Leaving
	Grace   time.Duration
	// Most is the part of all people, 0 to 1, that may be gone at one time.
	// Few people are always believed.
	Most float64
	Name string // who acts, for the audit log
	Now  func() time.Time
	Log  *slog.Logger
}

// few is how many may be gone at once, however few there are.
const few = 3

// ErrTooMany means that more people are gone than is believed.
var ErrTooMany = errors.New("too many people are gone to be believed")

// found is what the directory says of somebody.
type found struct {
	Person
	user login.User
	gone error // why they are; nil: they are not
}

// Run compares everybody who has something here, once.
func (s Sync) Run(ctx context.Context) (string, error) {
	people, err := s.Store.Holders(ctx)
	if err != nil {
		return "", err
	}
	all, err := s.ask(ctx, people)
	if err != nil {
		return "nothing was changed", err
	}
	var gone []string
	for _, f := range all {
		if f.gone != nil {
			gone = append(gone, f.Name)
		}
	}
	if len(gone) > max(few, int(s.Most*float64(len(all)))) {
		return "nothing was changed", fmt.Errorf("%w: %d of %d; may the service account still read the directory?",
			ErrTooMany, len(gone), len(all))
	}
	var text []string
	var errs []error
	changed := 0
	for _, f := range all {
		said, fresh, err := s.settle(ctx, f)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f.Name, err))
		}
		if said != "" {
			text = append(text, said)
		}
		if fresh {
			changed++
		}
	}
	head := fmt.Sprintf("%d people, %d gone, %d with new groups or rights", len(all), len(gone), changed)
	return strings.Join(append([]string{head}, text...), "; "), errors.Join(errs...)
}

// ask looks everybody up before anything is done about anybody.
func (s Sync) ask(ctx context.Context, people []Person) ([]found, error) {
	all := make([]found, 0, len(people))
	for _, p := range people {
		id, err := s.Source.Lookup(ctx, p.Name)
		f := found{Person: p}
		switch {
		case errors.Is(err, ldapauth.ErrNoSuchUser), errors.Is(err, ldapauth.ErrNotAllowed):
			f.gone = err
		case err != nil:
			return nil, err
		default:
			f.user = login.User{Name: id.Username, DisplayName: id.DisplayName, Mail: id.Mail, Groups: id.Groups, Admin: id.Admin}
		}
		all = append(all, f)
	}
	return all, nil
}

// settle does what is due about one person.
func (s Sync) settle(ctx context.Context, f found) (said string, fresh bool, err error) {
	if f.gone == nil {
		if !f.GoneSince.IsZero() {
			if err := s.Store.SetGone(ctx, f.Name, time.Time{}); err != nil {
				return "", false, err
			}
			said = f.Name + " is back"
		}
		if f.user.Name == f.Name {
			fresh, err = s.Store.RefreshUser(ctx, f.user)
		}
		return said, fresh, err
	}
	if f.GoneSince.IsZero() {
		f.GoneSince = s.Now()
		s.Log.Warn("somebody has left the directory or its allowed groups", "user", f.Name, "err", f.gone)
		if err := s.Store.SetGone(ctx, f.Name, f.GoneSince); err != nil {
			return "", false, err
		}
		said = f.Name + " is gone"
	}
	if s.Now().Sub(f.GoneSince) < s.Grace {
		return said, false, nil
	}
	return s.leave(ctx, f.Name)
}

// leave ends everything that somebody has here.
func (s Sync) leave(ctx context.Context, name string) (string, bool, error) {
	by := admin.Actor{Name: s.Name}
	stopped, err := s.Leaving.StopAll(ctx, by, name, "the account has left the directory or its allowed groups")
	logins, err2 := s.Leaving.SignOut(ctx, by, name)
	tokens, err3 := s.Leaving.RevokeTokens(ctx, by, name)
	s.Log.Info("somebody who has left keeps nothing", "user", name, "sessions", stopped, "logins", logins, "tokens", tokens)
	return fmt.Sprintf("%s: %d sessions stopped, %d logins and %d tokens ended", name, stopped, logins, tokens), false,
		errors.Join(err, err2, err3)
}
