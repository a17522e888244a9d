package sql

import (
	"context"
	"strings"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// FindUsers implements admin.UserStore.
func (s *Store) FindUsers(ctx context.Context, f admin.PersonFilter) ([]admin.Person, error) {
	return s.people(ctx, dbsqlc.FindUsersParams{
		Words: strings.TrimSpace(f.Text), MemberOf: f.Group, After: f.After, Most: most(f.Limit),
	})
}

// User implements admin.UserStore.
func (s *Store) User(ctx context.Context, name string) (admin.Person, error) {
	if name == "" || strings.ContainsRune(name, 0) {
		return admin.Person{}, login.ErrNotFound
	}
	people, err := s.people(ctx, dbsqlc.FindUsersParams{Exactly: name, Most: 1})
	if err != nil {
		return admin.Person{}, err
	}
	if len(people) == 0 {
		return admin.Person{}, login.ErrNotFound
	}
	return people[0], nil
}

func (s *Store) people(ctx context.Context, p dbsqlc.FindUsersParams) ([]admin.Person, error) {
	var people []admin.Person
	err := s.find(ctx, "find users", func(ctx context.Context, q *dbsqlc.Queries) error {
		rows, err := q.FindUsers(ctx, p)
		for _, r := range rows {
			people = append(people, admin.Person{
				User: userOf(r.User), LastLoginAt: r.User.LastLoginAt.UTC(), Logins: int(r.Logins), Tokens: int(r.Tokens),
				Sessions: int(r.Sessions), GPUs: int(r.Gpus), CPUs: int(r.Cpus),
			})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return people, nil
}

// FindGroups implements admin.UserStore.
func (s *Store) FindGroups(ctx context.Context, f admin.GroupFilter) ([]admin.Group, error) {
	var groups []admin.Group
	err := s.find(ctx, "find groups", func(ctx context.Context, q *dbsqlc.Queries) error {
		rows, err := q.FindGroups(ctx, dbsqlc.FindGroupsParams{Begins: f.Name, After: f.After, Most: most(f.Limit)})
		for _, r := range rows {
			groups = append(groups, admin.Group{
				Name: r.Name, Members: int(r.Members), People: int(r.People), Sessions: int(r.Sessions),
				GPUs: int(r.Gpus), CPUs: int(r.Cpus),
			})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return groups, nil
}

// LoginsOf implements admin.UserStore.
func (s *Store) LoginsOf(ctx context.Context, user string) ([]login.Login, error) {
	var logins []login.Login
	err := s.do(ctx, "list logins", func(ctx context.Context, q *dbsqlc.Queries) error {
		rows, err := q.LoginsOf(ctx, user)
		for _, r := range rows {
			logins = append(logins, loginOf(r.Login, r.User))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return logins, nil
}

// DropLogins implements admin.UserStore.
func (s *Store) DropLogins(ctx context.Context, user string, e admin.Entry) (int, error) {
	return s.drop(ctx, user, e, func(ctx context.Context, q *dbsqlc.Queries) (int64, error) { return q.DropLogins(ctx, user) })
}

// DropTokens implements admin.UserStore.
func (s *Store) DropTokens(ctx context.Context, user string, e admin.Entry) (int, error) {
	return s.drop(ctx, user, e, func(ctx context.Context, q *dbsqlc.Queries) (int64, error) { return q.DropTokens(ctx, user) })
}

// drop removes rows of a user's; where there are none, nothing is written.
func (s *Store) drop(
	ctx context.Context, user string, e admin.Entry, rows func(context.Context, *dbsqlc.Queries) (int64, error),
) (int, error) {
	var n int64
	err := s.tx(ctx, e.Action, func(ctx context.Context, q *dbsqlc.Queries) (err error) {
		if n, err = rows(ctx, q); err != nil || n == 0 {
			return err
		}
		if err := addAudit(ctx, q, e); err != nil {
			return err
		}
		return forget(ctx, q, user)
	})
	return int(n), err
}
