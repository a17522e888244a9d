package sql_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/sql/sqltest"
)

func TestPeopleAndGroupsByPages(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	ctx := t.Context()
	for i, u := range []login.User{
		{Name: "carol", Admin: true}, {Name: "alice", Groups: []string{"physics", "users"}}, {Name: "bob", Groups: []string{"users"}},
	} {
		l := login.Login{ID: u.Name, User: u, CreatedAt: noon, LastSeenAt: noon, ExpiresAt: noon}
		if err := s.CreateLogin(ctx, l, login.Hash{byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for offset := range 4 {
		some, total, err := s.People(ctx, offset, 1)
		if err != nil || total != 3 {
			t.Fatalf("%d, %v", total, err)
		}
		for _, p := range some {
			if !p.LastLoginAt.Equal(noon) {
				t.Errorf("%s signed in at %s", p.Name, p.LastLoginAt)
			}
			names = append(names, p.Name)
		}
	}
	if d := cmp.Diff([]string{"alice", "bob", "carol"}, names); d != "" {
		t.Error(d)
	}
	groups, total, err := s.Memberships(ctx, 0, 10)
	if d := cmp.Diff([]admin.Membership{{Group: "physics", Users: []string{"alice"}}, {Group: "users", Users: []string{"alice", "bob"}}}, groups); d != "" || total != 2 || err != nil {
		t.Errorf("%d %v %s", total, err, d)
	}
	if groups, _, err := s.Memberships(ctx, 1, 10); err != nil || len(groups) != 1 || groups[0].Group != "users" {
		t.Errorf("%v %v", groups, err)
	}
	members, err := s.Members(ctx, "users")
	if d := cmp.Diff([]string{"alice", "bob"}, members); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}
	if none, err := s.Members(ctx, "none"); err != nil || len(none) != 0 {
		t.Errorf("%v %v", none, err)
	}
}
