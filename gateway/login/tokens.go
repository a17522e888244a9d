package login

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

const maxTokenName = 64

// InvalidToken says why a token cannot be made as asked. The owner can mend it.
type InvalidToken struct {
	Field  string // "name", "ttl", "scopes", or "" when it is about the tokens there are
	Reason string // in plain words
}

func (e *InvalidToken) Error() string { return e.Reason }

// CreateToken makes an API token of the asker's. secret is the token itself,
// which is not kept and cannot be shown again. A token that is made with a token
// may do no more than that one, and for no longer. Errors: *InvalidToken, or the
// store's.
func (s *Service) CreateToken(ctx context.Context, by Caller, n NewToken) (t Token, secret string, err error) {
	owner := by.User.Name
	if n.Name = strings.TrimSpace(n.Name); n.Name == "" || cut(n.Name, maxTokenName) != n.Name {
		return Token{}, "", &InvalidToken{"name", fmt.Sprintf("The name must have 1 to %d bytes of printable text.", maxTokenName)}
	}
	own, err := s.cfg.Tokens.TokensOf(ctx, owner)
	if err != nil {
		return Token{}, "", err
	}
	// Two at once may exceed this by one, which does no harm.
	if len(own) >= s.cfg.MaxTokens {
		return Token{}, "", &InvalidToken{"", fmt.Sprintf("You have %d tokens already. Delete one first.", len(own))}
	}
	now := s.now()
	var last time.Time // zero: none
	if by.TokenID != "" {
		// As the row has it: what the caller was let in by may be some seconds old.
		i := slices.IndexFunc(own, func(t Token) bool { return t.ID == by.TokenID && (t.ExpiresAt.IsZero() || t.ExpiresAt.After(now)) })
		if i < 0 {
			return Token{}, "", &InvalidToken{"", "The token that asks for this one has ended."}
		}
		by.Scopes, last = own[i].Scopes, own[i].ExpiresAt
	}
	scopes, err := by.scopes(n.Scopes)
	if err != nil {
		return Token{}, "", err
	}
	expires, err := s.ends(now, last, n.Life)
	if err != nil {
		return Token{}, "", err
	}
	secret = tokenPrefix + newSecret()
	hash, _ := hashToken(secret)
	t = Token{
		ID: newID(), Owner: owner, Name: n.Name, Scopes: scopes,
		CreatedAt: now, ExpiresAt: expires, Prefix: secret[:shownBytes],
	}
	if err := s.cfg.Tokens.CreateToken(ctx, t, hash); err != nil {
		return Token{}, "", err
	}
	s.log.InfoContext(ctx, "token created", "user", owner, "token", t.ID, "scopes", scopes, "expires", t.ExpiresAt)
	return t, secret, nil
}

// ends is when a token ends that is asked for now; last is the end of the token
// that asks, zero for none.
func (s *Service) ends(now, last time.Time, life time.Duration) (time.Time, error) {
	longest := s.cfg.MaxTokenAge
	switch {
	case life < 0:
		return time.Time{}, &InvalidToken{"ttl", "The token would have expired already."}
	case longest > 0 && life > longest:
		return time.Time{}, &InvalidToken{"ttl", fmt.Sprintf("Tokens may live for at most %s here.", inWords(longest))}
	}
	var end time.Time
	if span := cmp.Or(life, longest); span > 0 {
		end = now.Add(span)
	}
	if last.IsZero() || (!end.IsZero() && !end.After(last)) {
		return end, nil
	}
	if life > 0 {
		return time.Time{}, &InvalidToken{"ttl", "What a token makes cannot outlive it, and this one ends at " + last.UTC().Format(time.RFC3339) + "."}
	}
	return last, nil
}

// inWords is a span as people say it.
func inWords(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= 2*day {
		return fmt.Sprintf("%d days", d/day)
	}
	return d.String()
}

// scopes checks what a token is to be made for. Its error is an *InvalidToken.
func (c Caller) scopes(asked []Scope) ([]Scope, error) {
	if len(asked) == 0 {
		return c.usual(), nil
	}
	var scopes []Scope
	for _, s := range asked {
		switch _, known := scopeIncludes[s]; {
		case !known:
			return nil, &InvalidToken{"scopes", fmt.Sprintf("There is no scope %q here.", cut(string(s), maxTokenName))}
		case !s.Own() && !c.User.Admin:
			return nil, &InvalidToken{"scopes", fmt.Sprintf("Only admins can have the scope %q.", s)}
		case !c.Has(s):
			return nil, &InvalidToken{"scopes", fmt.Sprintf("The token that asks for this one does not have the scope %q itself.", s)}
		}
		if !slices.Contains(scopes, s) {
			scopes = append(scopes, s)
		}
	}
	slices.Sort(scopes)
	return scopes, nil
}

// usual is what a token is made for when nothing is said.
func (c Caller) usual() []Scope {
	if c.Has(Self) {
		return []Scope{Self}
	}
	var scopes []Scope
	for _, s := range AllScopes() {
		if Self.Includes(s) && c.Has(s) {
			scopes = append(scopes, s)
		}
	}
	return scopes
}

// ListTokens lists the owner's tokens, oldest first, expired ones too.
func (s *Service) ListTokens(ctx context.Context, owner string) ([]Token, error) {
	return s.cfg.Tokens.TokensOf(ctx, owner)
}

// MaxTokenAge is the longest life of a token here; 0: for ever.
func (s *Service) MaxTokenAge() time.Duration { return max(s.cfg.MaxTokenAge, 0) }

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
