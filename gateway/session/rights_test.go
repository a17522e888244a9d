package session_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
)

// course may charge one account in one partition, an hour and one GPU at a time.
func course() batch.Entitlement {
	most := batch.NoCap()
	most.GPUs, most.Time = map[string]int{"": 1}, batch.Duration(time.Hour)
	return batch.Entitlement{
		Groups: []string{"students"}, Enforced: true, EnforcedQOS: true, LimitsEnforced: true,
		Associations: []batch.Association{
			{Account: "course", Default: true, QOS: []string{"normal"}, DefaultQOS: "normal", Cap: most},
			{Account: "thesis", Queue: "gpu", QOS: []string{"normal", "short"}, Cap: batch.NoCap()},
		},
		QOS: []batch.QOS{{Name: "normal", Cap: batch.NoCap()}, {Name: "short", Cap: shortCap()}},
	}
}

func shortCap() batch.Cap {
	c := batch.NoCap()
	c.Time = batch.Duration(30 * time.Minute)
	return c
}

// TestWhatTheSchedulerWouldRefuseIsSaidBefore: nothing is submitted.
func TestWhatTheSchedulerWouldRefuseIsSaidBefore(t *testing.T) {
	t.Parallel()
	queues := batchtest.DemoQueues()
	queues[0].AllowGroups = []string{"staff"}     // cpu
	queues[2].AllowAccounts = []string{"project"} // gpu-small
	for name, c := range map[string]struct {
		request     session.Request
		field, says string
	}{
		"all is well":            {session.Request{"queue": "gpu", "gpus": "1"}, "", ""},
		"another account":        {session.Request{"queue": "gpu", "account": "thesis", "gpus": "4"}, "", ""},
		"a group's partition":    {session.Request{"queue": "cpu"}, "queue", "partition cpu is only for members of staff"},
		"a project's partition":  {session.Request{"queue": "gpu-small"}, "queue", "partition gpu-small is not for your account course"},
		"no such account":        {session.Request{"queue": "gpu", "account": "physics"}, "account", "you may not charge physics in partition gpu; possible: course, thesis"},
		"a QOS of the other":     {session.Request{"queue": "gpu", "qos": "short"}, "qos", "the QOS short is not for account course; possible: normal"},
		"too many GPUs":          {session.Request{"queue": "gpu", "gpus": "2", "gpu_type": "a100"}, "gpus", "2 asked, at most 1 (the scheduler's account course)"},
		"too long":               {session.Request{"queue": "gpu", "time_limit": "2h"}, "time_limit", "2h asked, at most 1h (the scheduler's account course)"},
		"too long for the class": {session.Request{"queue": "gpu", "account": "thesis", "qos": "short", "time_limit": "1h"}, "time_limit", "1h asked, at most 30m (the scheduler's QOS short)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.batch.SetQueues(queues...)
			w.batch.SetEntitlement("alice", course())
			if err := w.Board.Refresh(t.Context(), "demo"); err != nil {
				t.Fatal(err)
			}
			_, err := w.Launch(t.Context(), limit.Subject{User: "alice"}, c.request)
			var bad *session.Invalid
			if c.field == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.As(err, &bad) || len(bad.Faults) != 1 || bad.Faults[0].Field != c.field || !strings.Contains(bad.Faults[0].Message, c.says) {
				t.Errorf("%v", err)
			}
			if n := w.batch.Calls().Submit; n != 0 {
				t.Errorf("%d submissions", n)
			}
		})
	}
}

// TestWhatIsNotKnownRefusesNothing: a scheduler that cannot say who somebody is
// will judge for itself.
func TestWhatIsNotKnownRefusesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	queues := batchtest.DemoQueues()
	queues[1].AllowGroups, queues[1].AllowAccounts = []string{"staff"}, []string{"project"}
	w.batch.SetQueues(queues...)
	if err := w.Board.Refresh(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Launch(t.Context(), limit.Subject{User: "alice"}, session.Request{"queue": "gpu"}); err != nil {
		t.Error(err)
	}
}

// TestAnExplanationHasEverything: the site's limits with what is held, and the
// scheduler's own.
func TestAnExplanationHasEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t, limit.Rule{
		ID: "rulerulerulerule", Who: limit.Who{Kind: limit.Everyone}, Field: limit.GPUs, Value: 3, SetBy: "carol",
	})
	w.batch.SetEntitlement("alice", course())
	w.launch(session.Request{"queue": "gpu", "gpus": "1", "gpu_type": "a100"})
	all, err := w.Explain(t.Context(), limit.Subject{User: "alice"}, "", "gpu")
	if err != nil || len(all) != 1 {
		t.Fatalf("%d places, %v", len(all), err)
	}
	x := all[0]
	most := map[string]int64{}
	for _, ask := range []string{"gpus", "time_limit"} {
		e, ok := x.Most(ask, "a100")
		if !ok {
			t.Errorf("nothing limits %s", ask)
		}
		most[ask] = e.Left()
	}
	if most["gpus"] != 1 || most["time_limit"] != 3600 {
		t.Errorf("%v", most)
	}
	if e, ok := x.Tightest(limit.GPUs, "a100"); !ok || e.Have != 1 || e.Left() != 2 || e.SetBy != "carol" {
		t.Errorf("%+v", e)
	}
	if _, err := w.Explain(t.Context(), limit.Subject{User: "alice"}, "demo", "nosuch"); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("no such partition: %v", err)
	}
}
