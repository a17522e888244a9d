package login

import (
	"context"
	"fmt"
	"strings"
	"time"
)

const maxTokenName = 64

// InvalidToken says why a token cannot be made as asked. The owner can mend it.
type InvalidToken struct {
	Field  string // "name", "ttl", or "" when it is about the tokens there are
	Reason string // in plain words
}

func (e *InvalidToken) Error() string { return e.Reason }

// CreateToken makes an API token. secret is the token itself, which is not kept
// and cannot be shown again. ttl 0 is the longest life that the site allows.
// Errors: *InvalidToken, or the store's.
func (s *Service) CreateToken(ctx context.Context, owner, name string, ttl time.Duration) (t Token, secret string, err error) {
	if name = strings.TrimSpace(name); name == "" || cut(name, maxTokenName) != name {
		return Token{}, "", &InvalidToken{"name", fmt.Sprintf("The name must have 1 to %d bytes of printable text.", maxTokenName)}
	}
	longest := s.cfg.MaxTokenAge
	switch {
	case ttl < 0:
		return Token{}, "", &InvalidToken{"ttl", "The token would have expired already."}
	case longest > 0 && ttl > longest:
		return Token{}, "", &InvalidToken{"ttl", fmt.Sprintf("Tokens may live for at most %d days here.", int(longest.Hours()/24))}
	case ttl == 0 && longest > 0:
		ttl = longest
	}
	// Two at once may exceed this by one, which does no harm.
	if own, err := s.cfg.Tokens.TokensOf(ctx, owner); err != nil {
		return Token{}, "", err
	} else if len(own) >= s.cfg.MaxTokens {
		return Token{}, "", &InvalidToken{"", fmt.Sprintf("You have %d tokens already. Delete one first.", len(own))}
	}
	secret = tokenPrefix + newSecret()
	hash, _ := hashToken(secret)
	t = Token{ID: newID(), Owner: owner, Name: name, CreatedAt: s.now(), Prefix: secret[:shownBytes]}
	if ttl > 0 {
		t.ExpiresAt = t.CreatedAt.Add(ttl)
	}
	if err := s.cfg.Tokens.CreateToken(ctx, t, hash); err != nil {
		return Token{}, "", err
	}
	s.log.InfoContext(ctx, "token created", "user", owner, "token", t.ID, "expires", t.ExpiresAt)
	return t, secret, nil
}

// ListTokens lists the owner's tokens, oldest first, expired ones too.
func (s *Service) ListTokens(ctx context.Context, owner string) ([]Token, error) {
	return s.cfg.Tokens.TokensOf(ctx, owner)
}

// DeleteToken ends one of the owner's tokens. ErrNotFound: it is not the
// owner's, or there is none.
func (s *Service) DeleteToken(ctx context.Context, owner, id string) error {
	err := s.cfg.Tokens.DeleteToken(ctx, owner, id)
	s.Forget(owner)
	if err != nil {
		return err
	}
	s.log.InfoContext(ctx, "token deleted", "user", owner, "token", id)
	return nil
}
