package logintest

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/berth-hpc/berth/gateway/login"
)

// Store keeps everything in memory. It is a login.Store, a login.TokenStore and
// a login.FailureStore. Safe for concurrent use.
type Store struct {
	mu       sync.Mutex
	err      error
	calls    map[string]int
	users    map[string]login.User
	logins   map[login.Hash]login.Login
	tokens   map[login.Hash]login.Token
	failures map[string][]time.Time
}

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{
		calls: map[string]int{}, users: map[string]login.User{},
		logins: map[login.Hash]login.Login{}, tokens: map[login.Hash]login.Token{},
		failures: map[string][]time.Time{},
	}
}

// Fail makes every method return err until it is called with nil.
func (s *Store) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// Calls says how often the method was called.
func (s *Store) Calls(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[method]
}

// AddUser writes what is known of a user, as a directory sync does.
func (s *Store) AddUser(u login.User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users[u.Name] = u
}

func (s *Store) do(ctx context.Context, method string, f func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[method]++
	if s.err != nil {
		return s.err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return f()
}

// CreateLogin implements login.Store.
func (s *Store) CreateLogin(ctx context.Context, l login.Login, secret login.Hash) error {
	return s.do(ctx, "CreateLogin", func() error {
		s.users[l.User.Name] = l.User
		s.logins[secret] = l
		return nil
	})
}

// LoginByHash implements login.Store.
func (s *Store) LoginByHash(ctx context.Context, secret login.Hash) (l login.Login, err error) {
	err = s.do(ctx, "LoginByHash", func() error {
		found, ok := s.logins[secret]
		if !ok {
			return login.ErrNotFound
		}
		l = found
		l.User = s.users[l.User.Name]
		return nil
	})
	return l, err
}

// TouchLogin implements login.Store.
func (s *Store) TouchLogin(ctx context.Context, id string, seen, expires time.Time) error {
	return s.do(ctx, "TouchLogin", func() error {
		for h, l := range s.logins {
			if l.ID == id {
				l.LastSeenAt, l.ExpiresAt = seen, expires
				s.logins[h] = l
			}
		}
		return nil
	})
}

// DeleteLogin implements login.Store.
func (s *Store) DeleteLogin(ctx context.Context, id string) error {
	return s.deleteLogins(ctx, "DeleteLogin", func(l login.Login) bool { return l.ID == id })
}

// DeleteLoginsOf implements login.Store.
func (s *Store) DeleteLoginsOf(ctx context.Context, user string) error {
	return s.deleteLogins(ctx, "DeleteLoginsOf", func(l login.Login) bool { return l.User.Name == user })
}

func (s *Store) deleteLogins(ctx context.Context, method string, which func(login.Login) bool) error {
	return s.do(ctx, method, func() error {
		for h, l := range s.logins {
			if which(l) {
				delete(s.logins, h)
			}
		}
		return nil
	})
}

// CreateToken implements login.TokenStore.
func (s *Store) CreateToken(ctx context.Context, t login.Token, secret login.Hash) error {
	return s.do(ctx, "CreateToken", func() error {
		s.tokens[secret] = t
		return nil
	})
}

// TokensOf implements login.TokenStore.
func (s *Store) TokensOf(ctx context.Context, owner string) (list []login.Token, err error) {
	err = s.do(ctx, "TokensOf", func() error {
		for _, t := range s.tokens {
			if t.Owner == owner {
				list = append(list, t)
			}
		}
		slices.SortFunc(list, func(a, b login.Token) int {
			return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
		})
		return nil
	})
	return list, err
}

// TokenByHash implements login.TokenStore.
func (s *Store) TokenByHash(ctx context.Context, secret login.Hash) (t login.Token, u login.User, err error) {
	err = s.do(ctx, "TokenByHash", func() error {
		found, ok := s.tokens[secret]
		if !ok {
			return login.ErrNotFound
		}
		t, u = found, s.users[found.Owner]
		return nil
	})
	return t, u, err
}

// DeleteToken implements login.TokenStore.
func (s *Store) DeleteToken(ctx context.Context, owner, id string) error {
	return s.do(ctx, "DeleteToken", func() error {
		for h, t := range s.tokens {
			if t.ID == id && t.Owner == owner {
				delete(s.tokens, h)
				return nil
			}
		}
		return login.ErrNotFound
	})
}

// TouchToken implements login.TokenStore.
func (s *Store) TouchToken(ctx context.Context, id string, used time.Time) error {
	return s.do(ctx, "TouchToken", func() error {
		for h, t := range s.tokens {
			if t.ID == id {
				t.LastUsedAt = used
				s.tokens[h] = t
			}
		}
		return nil
	})
}

// RecordFailure implements login.FailureStore.
func (s *Store) RecordFailure(ctx context.Context, key string, at time.Time) error {
	return s.do(ctx, "RecordFailure", func() error {
		s.failures[key] = append(s.failures[key], at)
		return nil
	})
}

// CountFailures implements login.FailureStore.
func (s *Store) CountFailures(ctx context.Context, key string, since time.Time) (n int, err error) {
	err = s.do(ctx, "CountFailures", func() error {
		for _, at := range s.failures[key] {
			if !at.Before(since) {
				n++
			}
		}
		return nil
	})
	return n, err
}

// FailureKeys lists the keys with stored failures, sorted.
func (s *Store) FailureKeys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := make([]string, 0, len(s.failures))
	for k := range s.failures {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

var (
	_ login.Store        = (*Store)(nil)
	_ login.TokenStore   = (*Store)(nil)
	_ login.FailureStore = (*Store)(nil)
)
