package sql

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// CreateLogin implements login.Store. What other replicas cache of the user is
// forgotten: groups may have changed.
func (s *Store) CreateLogin(ctx context.Context, l login.Login, secret login.Hash) error {
	return s.tx(ctx, "create a login", func(ctx context.Context, q *dbsqlc.Queries) error {
		if err := q.SaveUser(ctx, saveOf(l.User, l.CreatedAt)); err != nil {
			return err
		}
		err := q.InsertLogin(ctx, dbsqlc.InsertLoginParams{
			ID: l.ID, Hash: secret[:], UserName: l.User.Name,
			CreatedAt: l.CreatedAt, LastSeenAt: l.LastSeenAt, ExpiresAt: l.ExpiresAt,
			Ip: clean(l.IP, maxText), UserAgent: clean(l.UserAgent, maxText),
		})
		if err != nil {
			return err
		}
		return forget(ctx, q, l.User.Name)
	})
}

// LoginByHash implements login.Store.
func (s *Store) LoginByHash(ctx context.Context, secret login.Hash) (login.Login, error) {
	var found login.Login
	err := s.do(ctx, "read a login", func(ctx context.Context, q *dbsqlc.Queries) error {
		row, err := q.LoginByHash(ctx, secret[:])
		if errors.Is(err, pgx.ErrNoRows) {
			return login.ErrNotFound
		}
		found = loginOf(row.Login, row.User)
		return err
	})
	if err != nil {
		return login.Login{}, err
	}
	return found, nil
}

// TouchLogin implements login.Store.
func (s *Store) TouchLogin(ctx context.Context, id string, seen, expires time.Time) error {
	return s.do(ctx, "touch a login", func(ctx context.Context, q *dbsqlc.Queries) error {
		return q.TouchLogin(ctx, dbsqlc.TouchLoginParams{ID: id, LastSeenAt: seen, ExpiresAt: expires})
	})
}

// DeleteLogin implements login.Store.
func (s *Store) DeleteLogin(ctx context.Context, id string) error {
	return s.tx(ctx, "delete a login", func(ctx context.Context, q *dbsqlc.Queries) error {
		users, err := q.DeleteLogin(ctx, id)
		if err != nil || len(users) == 0 {
			return err
		}
		return forget(ctx, q, users[0])
	})
}

// DeleteLoginsOf implements login.Store.
func (s *Store) DeleteLoginsOf(ctx context.Context, user string) error {
	return s.tx(ctx, "delete a user's logins", func(ctx context.Context, q *dbsqlc.Queries) error {
		if err := q.DeleteLoginsOf(ctx, user); err != nil {
			return err
		}
		return forget(ctx, q, user)
	})
}

// forget announces that nothing cached about the user is true any more.
func forget(ctx context.Context, q *dbsqlc.Queries, user string) error {
	if user == "" {
		return nil
	}
	return q.Notify(ctx, []string{Notice{Kind: LoginChanged, ID: user}.payload()})
}

func loginOf(l dbsqlc.Login, u dbsqlc.User) login.Login {
	return login.Login{
		ID: l.ID, User: userOf(u),
		CreatedAt: l.CreatedAt.UTC(), LastSeenAt: l.LastSeenAt.UTC(), ExpiresAt: l.ExpiresAt.UTC(),
		IP: l.Ip, UserAgent: l.UserAgent,
	}
}
