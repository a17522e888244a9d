package sql_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/leaver"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/sql/sqltest"
)

func TestWhoHasSomethingHereIsKnown(t *testing.T) {
	t.Parallel()
	s := open(t, sqltest.URL(t))
	ctx := t.Context()
	for name, end := range map[string]time.Time{"alice": time.Now().Add(time.Hour), "bob": time.Now().Add(-time.Hour)} {
		l := login.Login{ID: "l-" + name, User: login.User{Name: name}, CreatedAt: noon, LastSeenAt: noon, ExpiresAt: end}
		if err := s.CreateLogin(ctx, l, login.Hash{name[0]}); err != nil {
			t.Fatal(err)
		}
	}
	create(t, s, asked("carol", "lab"))
	if err := s.SetGone(ctx, "alice", noon); err != nil {
		t.Fatal(err)
	}
	people, err := s.Holders(ctx)
	want := []leaver.Person{{Name: "alice", GoneSince: noon}, {Name: "carol"}}
	if diff := cmp.Diff(want, people); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	u := login.User{Name: "alice", DisplayName: "Alice", Groups: []string{"physics"}, Admin: true}
	for _, want := range []bool{true, false} {
		if changed, err := s.RefreshUser(ctx, u); changed != want || err != nil {
			t.Errorf("changed: %t, %v; want %t", changed, err, want)
		}
	}
	if changed, err := s.RefreshUser(ctx, login.User{Name: "nobody"}); changed || err != nil {
		t.Errorf("a person who never signed in: %t, %v", changed, err)
	}
	if err := s.SetGone(ctx, "alice", time.Time{}); err != nil {
		t.Fatal(err)
	}
	if people, err = s.Holders(ctx); err != nil || !people[0].GoneSince.IsZero() {
		t.Errorf("%v, %v", people, err)
	}
}
