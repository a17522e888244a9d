package login

import (
	"context"
	"log/slog"
	"time"
)

// Service signs people in and out and finds out who a request is from. Safe for
// concurrent use.
type Service struct {
	cfg      Config
	log      *slog.Logger
	now      func() time.Time
	throttle *throttle
	logins   *cache[Login]
	tokens   *cache[tokenOwner]
	guesses  *guesses
}

// New checks the configuration.
func New(cfg Config) (*Service, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	return &Service{
		cfg:      cfg,
		log:      cfg.Log,
		now:      cfg.Now,
		throttle: newThrottle(cfg.Throttle, cfg.Failures, cfg.Log),
		logins:   newCache[Login](cfg.CacheFor),
		tokens:   newCache[tokenOwner](cfg.CacheFor),
		guesses:  newGuesses(cfg.Throttle.Token, cfg.Throttle.MaxEntries),
	}, nil
}

// Forget drops what is cached of the user's logins and tokens: call it when
// another replica, or the directory sync, has changed them.
func (s *Service) Forget(user string) {
	s.logins.forget(user)
	s.tokens.forget(user)
}

// ForgetAll drops everything cached: call it when changes may have been missed.
func (s *Service) ForgetAll() {
	s.logins.forgetAll()
	s.tokens.forgetAll()
}

// SignOut ends one login, which is named by its ID, not by its cookie. A login
// that is already gone is a success.
func (s *Service) SignOut(ctx context.Context, user, id string) error {
	err := s.cfg.Store.DeleteLogin(ctx, id)
	s.Forget(user) // also after an error, which may have come after the deletion
	if err != nil {
		return err
	}
	s.log.InfoContext(ctx, "signed out", "user", user, "login", id)
	return nil
}

// SignOutAll ends every login of the user.
func (s *Service) SignOutAll(ctx context.Context, user string) error {
	err := s.cfg.Store.DeleteLoginsOf(ctx, user)
	s.Forget(user)
	if err != nil {
		return err
	}
	s.log.InfoContext(ctx, "signed out everywhere", "user", user)
	return nil
}

// Revoke ends every login and every API token of the user: for somebody who has
// left.
func (s *Service) Revoke(ctx context.Context, user string) error {
	if err := s.SignOutAll(ctx, user); err != nil {
		return err
	}
	tokens, err := s.cfg.Tokens.TokensOf(ctx, user)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		if err := s.DeleteToken(ctx, user, t.ID); err != nil && !isGone(err) {
			return err
		}
	}
	return nil
}
