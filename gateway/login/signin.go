package login

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"time"

	"github.com/berth-hpc/berth/ldapauth"
)

const (
	maxUserAgent = 256
	maxIP        = 64
)

// SignIn checks the password and creates a login. cookie is the secret for the
// browser's cookie; it is not kept anywhere else.
//
// Errors: *Throttled (the password was not looked at), or one that wraps
// ldapauth.ErrInvalidCredentials, ErrNotAllowed or ErrUnavailable; any other is
// the store's.
func (s *Service) SignIn(ctx context.Context, username, password, ip, userAgent string) (l Login, cookie string, err error) {
	log := s.log.With("user", loggable(username), "ip", ip)
	try, err := s.throttle.begin(ctx, s.now(), addressKey(ip), userKey(username))
	if err != nil {
		s.say(throttled)
		log.WarnContext(ctx, "sign-in", "outcome", throttled, "err", err)
		return Login{}, "", err
	}
	id, err := s.cfg.Authenticator.Authenticate(ctx, username, password)
	// What was found out counts, even if the browser did not wait for it.
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err != nil {
		s.refuse(after, log, try, err)
		return Login{}, "", err
	}
	try.succeeded(s.now())

	now := s.now()
	l = Login{
		ID: newID(), User: userOf(id),
		CreatedAt: now, LastSeenAt: now, ExpiresAt: s.expiry(now, now),
		IP: cut(ip, maxIP), UserAgent: cut(userAgent, maxUserAgent),
	}
	cookie = newSecret()
	hash, _ := hashSecret(cookie)
	if err := s.cfg.Store.CreateLogin(ctx, l, hash); err != nil {
		s.say(notStored)
		log.ErrorContext(after, "sign-in", "outcome", notStored, "err", err)
		return Login{}, "", err
	}
	// The groups may have changed since the user's other logins were cached.
	s.Forget(l.User.Name)
	s.say(signedIn)
	log.InfoContext(after, "sign-in", "outcome", signedIn, "account", l.User.Name, "admin", l.User.Admin, "login", l.ID)
	return l, cookie, nil
}

// refuse logs why, and counts what was a guess at a password.
func (s *Service) refuse(ctx context.Context, log *slog.Logger, try *attempt, err error) {
	level, outcome := slog.LevelError, failed
	switch {
	case errors.Is(err, ldapauth.ErrInvalidCredentials):
		try.failed(ctx, s.now())
		level, outcome = slog.LevelWarn, invalid
		if errors.Is(err, ldapauth.ErrAmbiguous) {
			level = slog.LevelError // for the admin to mend
		}
	case errors.Is(err, ldapauth.ErrNotAllowed):
		try.aborted()
		level, outcome = slog.LevelWarn, notAllowed
	default:
		try.aborted()
		switch {
		case errors.Is(err, context.Canceled):
			level, outcome = slog.LevelInfo, givenUp
		case errors.Is(err, ldapauth.ErrUnavailable):
			outcome = unavailable
		}
	}
	s.say(outcome)
	log.Log(ctx, level, "sign-in", "outcome", outcome, "err", err)
}

// expiry is the earlier of both limits.
func (s *Service) expiry(created, seen time.Time) time.Time {
	idle, absolute := seen.Add(s.cfg.Idle), created.Add(s.cfg.Absolute)
	if idle.Before(absolute) {
		return idle
	}
	return absolute
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._@-]{0,63}$`)

// loggable is the name as typed if it looks like one. People type passwords
// into the wrong field.
func loggable(username string) string {
	if plainName.MatchString(username) {
		return username
	}
	return "(no plain name)"
}
