package api_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/ldapauth"
)

// tokenStore is a login.TokenStore in memory.
type tokenStore struct {
	mu     sync.Mutex
	tokens []login.Token
	hashes []login.Hash
	fail   error
}

func (s *tokenStore) CreateToken(_ context.Context, t login.Token, secret login.Hash) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens, s.hashes = append(s.tokens, t), append(s.hashes, secret)
	return s.fail
}

func (s *tokenStore) TokensOf(_ context.Context, owner string) (own []login.Token, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tokens {
		if t.Owner == owner {
			own = append(own, t)
		}
	}
	return own, s.fail
}

func (s *tokenStore) TokenByHash(_ context.Context, secret login.Hash) (login.Token, login.User, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.hashes, secret)
	if i < 0 {
		return login.Token{}, login.User{}, login.ErrNotFound
	}
	return s.tokens[i], login.User{Name: s.tokens[i].Owner}, s.fail
}

func (s *tokenStore) DeleteToken(_ context.Context, owner, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !utf8.ValidString(id) || strings.Contains(id, "\x00") {
		return errors.New("invalid byte sequence for encoding UTF8") // as Postgres has it
	}
	i := slices.IndexFunc(s.tokens, func(t login.Token) bool { return t.ID == id && t.Owner == owner })
	if i < 0 {
		return login.ErrNotFound
	}
	s.tokens, s.hashes = slices.Delete(s.tokens, i, i+1), slices.Delete(s.hashes, i, i+1)
	return s.fail
}

func (s *tokenStore) TouchToken(context.Context, string, time.Time) error { return nil }

// noSignIn stands for what these tests never do: signing in by a browser.
type noSignIn struct{ login.Store }

func (noSignIn) Authenticate(context.Context, string, string) (ldapauth.Identity, error) {
	return ldapauth.Identity{}, errors.New("nobody signs in here")
}

func newLogins(t testing.TB, tokens *tokenStore, now func() time.Time) *login.Service {
	t.Helper()
	s, err := login.New(login.Config{
		Authenticator: noSignIn{}, Store: noSignIn{}, Tokens: tokens, Log: slog.New(slog.DiscardHandler), Now: now,
		MaxTokens: 3, MaxTokenAge: 90 * 24 * time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
