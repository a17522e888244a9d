package login

import (
	"context"
	"errors"
	"time"
)

// FromCookie returns the login of a cookie's value and notes that it is in use.
// ErrNotFound: there is none, or it has ended. Any other error is the store's,
// and says nothing about the login; a login that was in use when the store
// stopped answering goes on for a while (outageFor).
func (s *Service) FromCookie(ctx context.Context, value string) (Login, error) {
	hash, ok := hashSecret(value)
	if !ok {
		return Login{}, ErrNotFound
	}
	now := s.now()
	l, mark, ok := s.logins.get(now, hash)
	if !ok {
		ask, cancel := s.logins.patience(ctx, now, hash)
		var err error
		l, err = s.cfg.Store.LoginByHash(ask, hash)
		cancel()
		switch {
		case err == nil:
			s.logins.put(now, mark, hash, l.User.Name, l)
		case isGone(err):
			return Login{}, err
		default:
			if l, ok = s.logins.outlast(now, hash); !ok {
				return Login{}, err
			}
		}
	}
	// Both limits are applied anew: the site may have made them shorter.
	if !now.Before(l.ExpiresAt) || !now.Before(s.expiry(l.CreatedAt, l.LastSeenAt)) {
		return Login{}, ErrNotFound
	}
	if now.Sub(l.LastSeenAt) >= min(touchEvery, s.cfg.Idle/10) {
		l.LastSeenAt, l.ExpiresAt = now, s.expiry(l.CreatedAt, now)
		s.logins.update(mark, hash, l) // first, so that requests beside this one need not
		touch, cancel := context.WithTimeout(ctx, askFor)
		defer cancel()
		if err := s.cfg.Store.TouchLogin(touch, l.ID, l.LastSeenAt, l.ExpiresAt); err != nil && !errors.Is(err, context.Canceled) {
			s.log.WarnContext(ctx, "a login's use was not noted", "login", l.ID, "err", err)
		}
	}
	return l, nil
}

// touchEvery is how often the use of a login or token is written down.
const touchEvery = time.Minute

// tokenOwner is a token with its owner.
type tokenOwner struct {
	token Token
	user  User
}

// FromToken returns an API token and its owner and notes that it is in use. ip is
// where it came from. Errors are as with FromCookie, or *Throttled: too many
// tokens that are none came from there.
func (s *Service) FromToken(ctx context.Context, bearer, ip string) (User, Token, error) {
	hash, ok := hashToken(bearer)
	if !ok {
		return User{}, Token{}, ErrNotFound
	}
	now := s.now()
	t, mark, ok := s.tokens.get(now, hash)
	if !ok {
		if err := s.guesses.check(now, ip); err != nil {
			return User{}, Token{}, err
		}
		ask, cancel := s.tokens.patience(ctx, now, hash)
		var err error
		t.token, t.user, err = s.cfg.Tokens.TokenByHash(ask, hash)
		cancel()
		switch {
		case err == nil:
			s.tokens.put(now, mark, hash, t.user.Name, t)
		case isGone(err):
			s.guesses.wrong(now, ip)
			return User{}, Token{}, err
		default:
			if t, ok = s.tokens.outlast(now, hash); !ok {
				return User{}, Token{}, err
			}
		}
	}
	if !t.token.ExpiresAt.IsZero() && !now.Before(t.token.ExpiresAt) {
		return User{}, Token{}, ErrNotFound
	}
	if now.Sub(t.token.LastUsedAt) >= touchEvery {
		t.token.LastUsedAt = now
		s.tokens.update(mark, hash, t)
		touch, cancel := context.WithTimeout(ctx, askFor)
		defer cancel()
		if err := s.cfg.Tokens.TouchToken(touch, t.token.ID, now); err != nil && !errors.Is(err, context.Canceled) {
			s.log.WarnContext(ctx, "a token's use was not noted", "token", t.token.ID, "err", err)
		}
	}
	return t.user, t.token, nil
}

func isGone(err error) bool { return errors.Is(err, ErrNotFound) }
