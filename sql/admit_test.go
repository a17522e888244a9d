package sql_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

// mostSessions is what everybody may have at once under a few tests' limits.
const mostSessions = 3

// admission judges that session.
func admission(v session.Session) limit.Admission {
	return limit.Admission{
		Who: limit.Subject{User: v.Owner, Groups: v.OwnerGroups}, At: v.CreatedAt,
		Request: limit.Request{Cluster: v.Cluster, Queue: v.Queue, App: v.App, Resources: v.Resources, TimeLimit: v.TimeLimit},
	}
}

// set puts a limit for everyone into the database.
func set(t *testing.T, s *sql.Store, rules ...limit.Rule) []limit.Rule {
	t.Helper()
	for i := range rules {
		r := &rules[i]
		r.ID, r.SetBy, r.SetAt = limit.NewID(), "carol", noon
		if r.Who == (limit.Who{}) {
			r.Who = limit.Who{Kind: limit.Everyone}
		}
		entry := admin.Entry{By: "carol", Action: "limit.set", Target: r.Title()}
		if err := s.ChangeLimits(t.Context(), []limit.Change{{New: r}}, []admin.Entry{entry}); err != nil {
			t.Fatal(err)
		}
	}
	return rules
}

func TestANameIsTakenWhileItsSessionLives(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	set(t, s, limit.Rule{Field: limit.Sessions, Value: 1})
	first := create(t, s, asked("alice", "lab"))
	_, err := s.Create(t.Context(), asked("alice", "lab"), requested, admission(asked("alice", "lab")))
	if !errors.Is(err, session.ErrNameTaken) {
		t.Errorf("a second one: %v", err)
	}
	create(t, s, asked("bob", "lab"))
	end(t, s, first, noon.Add(time.Hour))
	create(t, s, asked("alice", "lab"))
}

func TestOnlyOneOfManyGetsTheName(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	results := make(chan error, 20)
	for range cap(results) {
		go func() {
			_, err := s.Create(context.WithoutCancel(t.Context()), asked("alice", "lab"), requested, anything)
			results <- err
		}()
	}
	won := 0
	for range cap(results) {
		switch err := <-results; {
		case err == nil:
			won++
		case !errors.Is(err, session.ErrNameTaken):
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d sessions of one name", won)
	}
}
