package sql_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch/batchtest"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

type nobodyToTell struct{}

func (nobodyToTell) Stop(session.ID, string) bool { return false }

// gateways makes so many lifecycles, each with a store of its own, over one
// database and one scheduler with room for all.
func gateways(t *testing.T, n int) []*session.Lifecycle {
	t.Helper()
	url := sqltest.URL(t)
	scheduler := batchtest.New()
	all := make([]*session.Lifecycle, n)
	for i := range all {
		store := open(t, url)
		board := session.NewBoard([]string{"main"}, map[string]session.QueueSource{"main": scheduler}, time.Now)
		if err := board.Refresh(t.Context(), "main"); err != nil {
			t.Fatal(err)
		}
		all[i] = session.New(session.Options{
			Store: store, Logs: store, Limits: store, Board: board, Apps: []session.App{{ID: "lab", Name: "Lab"}}, Agents: nobodyToTell{},
			Clusters: map[string]session.Cluster{"main": {
				Name: "main", Scheduler: scheduler,
				Script: func(session.Session, session.App, string) ([]byte, error) { return []byte("#!/bin/sh\n"), nil },
				JobLog: func(context.Context, session.Session) string { return "" },
			}},
			Installation: "test", Now: time.Now, Log: slog.New(slog.DiscardHandler),
		})
	}
	return all
}

// rush launches so many sessions at once, over all gateways, and says how many
// were admitted and how many a limit has refused.
func rush(t *testing.T, at []*session.Lifecycle, n int, who func(i int) limit.Subject) (made, denied int64) {
	t.Helper()
	var yes, no atomic.Int64
	var all sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-begin
			ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
			defer cancel()
			_, err := at[i%len(at)].Launch(ctx, who(i), session.Request{
				"name": fmt.Sprintf("s%d", i), "queue": "gpu", "gpus": "1", "gpu_type": "a100", "time_limit": "1h",
			})
			var d *limit.Denied
			switch {
			case err == nil:
				yes.Add(1)
			case errors.As(err, &d):
				no.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	close(begin)
	all.Wait()
	return yes.Load(), no.Load()
}

// TestParallelLaunchesNeverOverspend: 200 launches at once, by one user and by
// one group, over two gateways, never exceed a limit by one, and use it up.
func TestParallelLaunchesNeverOverspend(t *testing.T) {
	t.Parallel()
	const tries, most = 200, 17
	alice := func(int) limit.Subject { return limit.Subject{User: "alice", Groups: []string{"physics"}} }
	physicist := func(i int) limit.Subject {
		return limit.Subject{User: fmt.Sprintf("user%d", i%40), Groups: []string{"physics", fmt.Sprintf("team%d", i%3)}}
	}
	for name, c := range map[string]struct {
		who  func(int) limit.Subject
		rule limit.Rule
	}{
		"sessions of one user":   {alice, limit.Rule{Field: limit.Sessions, Value: most}},
		"GPUs of one user":       {alice, limit.Rule{Field: limit.GPUs, GPUType: "a100", Value: most}},
		"GPU-hours of one user":  {alice, limit.Rule{Field: limit.GPUHoursWeek, Value: most * 3600}},
		"GPUs of one group":      {physicist, limit.Rule{Who: group("physics"), Together: true, Field: limit.GPUs, Value: most}},
		"GPU-hours of one group": {physicist, limit.Rule{Who: group("physics"), Together: true, Field: limit.GPUHoursMonth, Value: most * 3600}},
		"sessions of everybody":  {physicist, limit.Rule{Together: true, Field: limit.Sessions, Value: most, Scope: limit.Scope{Queue: "gpu"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := gateways(t, 2)
			set(t, at[0].Store.(*sql.Store), c.rule)
			made, denied := rush(t, at, tries, c.who)
			live, err := at[0].Store.List(t.Context(), session.Filter{Live: true})
			if made != most || denied != tries-most || len(live) != most || err != nil {
				t.Errorf("%d admitted, %d refused, %d live, %v; the limit is %d", made, denied, len(live), err, most)
			}
		})
	}
}

// TestManyLimitsAtOnceDoNotStandInEachOthersWay: locks of several groups are
// taken in one order, so that nobody waits in a circle.
func TestManyLimitsAtOnceDoNotStandInEachOthersWay(t *testing.T) {
	t.Parallel()
	at := gateways(t, 2)
	var rules []limit.Rule
	for i := range 5 {
		rules = append(rules, limit.Rule{Who: group(fmt.Sprintf("g%d", i)), Together: true, Field: limit.GPUs, Value: 20})
	}
	set(t, at[0].Store.(*sql.Store), append(rules, limit.Rule{Together: true, Field: limit.GPUs, Value: 60})...)
	made, denied := rush(t, at, 150, func(i int) limit.Subject {
		groups := []string{fmt.Sprintf("g%d", i%5), fmt.Sprintf("g%d", (i+1+i%3)%5)}
		return limit.Subject{User: fmt.Sprintf("user%d", i), Groups: groups}
	})
	live, err := at[0].Store.List(t.Context(), session.Filter{Live: true})
	if err != nil || int64(len(live)) != made || made+denied != 150 {
		t.Fatalf("%d admitted, %d refused, %d live, %v", made, denied, len(live), err)
	}
	held := map[string]int{}
	for _, s := range live {
		for _, g := range s.OwnerGroups {
			held[g] += s.Resources.GPUs
		}
	}
	for g, n := range held {
		if n > 20 {
			t.Errorf("group %s holds %d GPUs", g, n)
		}
	}
	if len(live) > 60 {
		t.Errorf("everybody holds %d GPUs", len(live))
	}
}
