package sql

import (
	"context"
	"time"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// CreateTokenFor adds a token that an admin makes for somebody, who need not
// have signed in yet, and the admin's entry in the audit log.
func (s *Store) CreateTokenFor(ctx context.Context, u login.User, t login.Token, secret login.Hash, e admin.Entry) error {
	return s.tx(ctx, "create a token for somebody", func(ctx context.Context, q *dbsqlc.Queries) error {
		row := saveOf(u, time.Time{})
		err := q.AddUser(ctx, dbsqlc.AddUserParams{
			Name: row.Name, DisplayName: row.DisplayName, Mail: row.Mail, Groups: row.Groups, Admin: row.Admin,
		})
		if err == nil {
			err = q.InsertToken(ctx, insertOf(t, secret))
		}
		if err == nil {
			err = addAudit(ctx, q, e)
		}
		return err
	})
}

// RevokeToken deletes a token, whosever it is, and adds the admin's entry to the
// audit log, with the token's owner as its target. login.ErrNotFound: there is
// none.
func (s *Store) RevokeToken(ctx context.Context, id string, by admin.Actor) (login.Token, error) {
	var token login.Token
	err := s.tx(ctx, "revoke a token", func(ctx context.Context, q *dbsqlc.Queries) error {
		rows, err := q.DeleteTokenByID(ctx, id)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return login.ErrNotFound
		}
		token = tokenOf(rows[0])
		if err := addAudit(ctx, q, by.Did("token.revoke", token.Owner, "token "+token.ID+" "+token.Name)); err != nil {
			return err
		}
		return forget(ctx, q, token.Owner)
	})
	if err != nil {
		return login.Token{}, err
	}
	return token, nil
}

// Tokens reads up to most tokens of everybody, or of one owner, by owner and
// age; after is the last one of the page before, the zero Token for the first.
func (s *Store) Tokens(ctx context.Context, owner string, after login.Token, most int) ([]login.Token, error) {
	var tokens []login.Token
	err := s.do(ctx, "list everybody's tokens", func(ctx context.Context, q *dbsqlc.Queries) error {
		rows, err := q.TokensAfter(ctx, dbsqlc.TokensAfterParams{
			Owner: owner, AfterOwner: after.Owner, AfterCreatedAt: after.CreatedAt, AfterID: after.ID, Most: int64(most),
		})
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
