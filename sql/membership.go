package sql

import (
	"context"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// People reads some of everybody, by name, without what they hold, and says how
// many there are in all.
func (s *Store) People(ctx context.Context, offset, limit int) ([]admin.Person, int, error) {
	var people []admin.Person
	var total int64
	err := s.do(ctx, "list people", func(ctx context.Context, q *dbsqlc.Queries) error {
		rows, err := q.PeoplePage(ctx, dbsqlc.PeoplePageParams{Skip: int64(offset), Most: int64(limit)})
		if err != nil {
			return err
		}
		for _, r := range rows {
			people = append(people, admin.Person{User: userOf(r), LastLoginAt: r.LastLoginAt.UTC()})
		}
		total, err = q.CountPeople(ctx)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return people, int(total), nil
}

// Memberships reads some of the groups that people are in, by name, and says how
// many there are in all.
func (s *Store) Memberships(ctx context.Context, offset, limit int) ([]admin.Membership, int, error) {
	var groups []admin.Membership
	var total int64
	err := s.do(ctx, "list groups", func(ctx context.Context, q *dbsqlc.Queries) error {
		rows, err := q.GroupsPage(ctx, dbsqlc.GroupsPageParams{Skip: int64(offset), Most: int64(limit)})
		if err != nil {
			return err
		}
		for _, r := range rows {
			groups = append(groups, admin.Membership{Group: r.Name, Users: r.Users})
		}
		total, err = q.CountGroups(ctx)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return groups, int(total), nil
}

// Members lists who is in a group, by name; nobody for a group that is not known.
func (s *Store) Members(ctx context.Context, group string) ([]string, error) {
	var names []string
	err := s.do(ctx, "list a group", func(ctx context.Context, q *dbsqlc.Queries) (err error) {
		names, err = q.GroupMembers(ctx, group)
		return err
	})
	if err != nil {
		return nil, err
	}
	return names, nil
}
