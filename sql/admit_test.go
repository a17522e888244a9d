package sql_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql/sqltest"
)

func TestParallelCreatesNeverExceedALimit(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	const most, tries = 7, 50
	rules := limit.Set{{Name: "seven GPUs", MaxTotalGPUs: most}}

	var made, refused int
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range tries {
		all.Go(func() {
			want := asked("alice", fmt.Sprintf("lab-%d", i))
			_, err := s.Create(context.WithoutCancel(t.Context()), want, requested, func(held limit.Usage) error {
				return rules.Admit(limit.Subject{User: "alice"}, limit.Request{Cluster: "main", Queue: "gpu", Resources: want.Resources}, held)
			})
			_, denied := errors.AsType[*limit.Denied](err)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				made++
			case denied:
				refused++
			default:
				t.Errorf("create: %v", err)
			}
		})
	}
	all.Wait()
	live, err := s.List(t.Context(), session.Filter{Owner: "alice", Live: true})
	if err != nil {
		t.Fatal(err)
	}
	if made != most || refused != tries-most || len(live) != most {
		t.Errorf("%d made, %d refused, %d live; the limit is %d", made, refused, len(live), most)
	}
}

func TestAdmitSeesWhatTheOwnerHolds(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	create(t, s, asked("bob", "lab"))
	end(t, s, create(t, s, asked("alice", "old")), noon.Add(time.Hour))
	create(t, s, asked("alice", "waiting"))
	running := create(t, s, asked("alice", "running"))
	running.State = session.Starting
	change(t, s, running, session.Evidence{})
	stopping := create(t, s, asked("alice", "stopping"))
	stopping.State = session.Stopping
	change(t, s, stopping, session.Evidence{})

	var saw limit.Usage
	no := errors.New("no")
	_, err := s.Create(t.Context(), asked("alice", "more"), requested, func(u limit.Usage) error {
		saw = u
		return no
	})
	if err != no { //nolint:errorlint // as it is, says the comment
		t.Errorf("admit's refusal came back as %v", err)
	}
	r := batch.Resources{CPUs: 4, Memory: 8 * batch.GiB, GPUs: 1, GPUType: "a100"}
	want := limit.Usage{
		{Cluster: "main", Queue: "gpu", Waiting: true, Resources: r},
		{Cluster: "main", Queue: "gpu", Resources: r},
		{Cluster: "main", Queue: "gpu", Resources: r},
	}
	if d := cmp.Diff(want, saw, cmpopts.SortSlices(func(a, b limit.Held) bool { return a.Waiting && !b.Waiting })); d != "" {
		t.Errorf("usage (-want +got):\n%s", d)
	}
	if _, err := s.ByName(t.Context(), "alice", "more"); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("a refused session is there: %v", err)
	}
}

func TestANameIsTakenWhileItsSessionLives(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	first := create(t, s, asked("alice", "lab"))
	_, err := s.Create(t.Context(), asked("alice", "lab"), requested, func(limit.Usage) error {
		t.Error("admit was asked about a name that is taken")
		return nil
	})
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
