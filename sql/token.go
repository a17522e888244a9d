package sql

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// CreateToken implements login.TokenStore.
func (s *Store) CreateToken(ctx context.Context, t login.Token, secret login.Hash) error {
	return s.do(ctx, "create a token", func(ctx context.Context, q *dbsqlc.Queries) error {
		return q.InsertToken(ctx, insertOf(t, secret))
	})
}

func insertOf(t login.Token, secret login.Hash) dbsqlc.InsertTokenParams {
	return dbsqlc.InsertTokenParams{
		ID: t.ID, Hash: secret[:], Owner: t.Owner, Name: clean(t.Name, maxText), Scopes: scopeNames(t.Scopes), CreatedAt: t.CreatedAt,
		ExpiresAt: zeronull.Timestamptz(t.ExpiresAt), LastUsedAt: zeronull.Timestamptz(t.LastUsedAt),
		Prefix: t.Prefix,
	}
}

// TokensOf implements login.TokenStore.
func (s *Store) TokensOf(ctx context.Context, owner string) ([]login.Token, error) {
	var tokens []login.Token
	err := s.do(ctx, "list tokens", func(ctx context.Context, q *dbsqlc.Queries) error {
		rows, err := q.TokensOf(ctx, owner)
		for _, r := range rows {
			tokens = append(tokens, tokenOf(r))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return tokens, nil
}

// TokenByHash implements login.TokenStore.
func (s *Store) TokenByHash(ctx context.Context, secret login.Hash) (login.Token, login.User, error) {
	var token login.Token
	var user login.User
	err := s.do(ctx, "read a token", func(ctx context.Context, q *dbsqlc.Queries) error {
		row, err := q.TokenByHash(ctx, secret[:])
		if errors.Is(err, pgx.ErrNoRows) {
			return login.ErrNotFound
		}
		token, user = tokenOf(row.ApiToken), userOf(row.User)
		return err
	})
	if err != nil {
		return login.Token{}, login.User{}, err
	}
	return token, user, nil
}

// DeleteToken implements login.TokenStore.
func (s *Store) DeleteToken(ctx context.Context, owner, id string) error {
	return s.tx(ctx, "delete a token", func(ctx context.Context, q *dbsqlc.Queries) error {
		n, err := q.DeleteToken(ctx, dbsqlc.DeleteTokenParams{Owner: owner, ID: id})
		if err != nil {
			return err
		}
		if n == 0 {
			return login.ErrNotFound
		}
		return forget(ctx, q, owner)
	})
}

// TouchToken implements login.TokenStore.
func (s *Store) TouchToken(ctx context.Context, id string, used time.Time) error {
	return s.do(ctx, "touch a token", func(ctx context.Context, q *dbsqlc.Queries) error {
		return q.TouchToken(ctx, dbsqlc.TouchTokenParams{ID: id, LastUsedAt: zeronull.Timestamptz(used)})
	})
}

func tokenOf(r dbsqlc.ApiToken) login.Token {
	return login.Token{
		ID: r.ID, Owner: r.Owner, Name: r.Name, Scopes: scopesOf(r.Scopes), CreatedAt: r.CreatedAt.UTC(),
		ExpiresAt: utc(r.ExpiresAt), LastUsedAt: utc(r.LastUsedAt), Prefix: r.Prefix,
	}
}

func scopeNames(scopes []login.Scope) []string {
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	return names
}

func scopesOf(names []string) []login.Scope {
	scopes := make([]login.Scope, len(names))
	for i, n := range names {
		scopes[i] = login.Scope(n)
	}
	return scopes
}
