package limit_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
)

func ask(queue string, gpus int) limit.Request {
	return limit.Request{
		Cluster: "demo", Queue: queue, App: "notebook", TimeLimit: batch.Duration(2 * time.Hour),
		Resources: batch.Resources{GPUs: gpus, CPUs: 2, Memory: 4 * batch.GiB},
	}
}

func TestAdmit(t *testing.T) {
	t.Parallel()
	alice := limit.Subject{User: "alice", Groups: []string{"physics"}}
	held := limit.Usage{
		{Cluster: "demo", Queue: "gpu", Resources: batch.Resources{GPUs: 2, CPUs: 4}},
		{Cluster: "demo", Queue: "cpu", Waiting: true, Resources: batch.Resources{CPUs: 1}},
	}
	for name, c := range map[string]struct {
		rule  limit.Rule
		field string
		deny  bool
	}{
		"nothing set":            {limit.Rule{}, "", false},
		"denied":                 {limit.Rule{Deny: true}, "queue", true},
		"denied to another":      {limit.Rule{Deny: true, User: "bob"}, "", false},
		"denied to my group":     {limit.Rule{Deny: true, Group: "physics"}, "queue", true},
		"denied to other group":  {limit.Rule{Deny: true, Group: "biology"}, "", false},
		"denied elsewhere":       {limit.Rule{Deny: true, Queue: "cpu"}, "", false},
		"denied on other system": {limit.Rule{Deny: true, Cluster: "moon"}, "", false},
		"GPUs at the limit":      {limit.Rule{MaxGPUs: 2}, "", false},
		"GPUs over":              {limit.Rule{MaxGPUs: 1}, "gpus", true},
		"CPUs over":              {limit.Rule{MaxCPUs: 1}, "cpus", true},
		"memory over":            {limit.Rule{MaxMemory: batch.GiB}, "memory", true},
		"time over":              {limit.Rule{MaxTime: batch.Duration(time.Hour)}, "time_limit", true},
		"sessions at the limit":  {limit.Rule{MaxSessions: 3}, "", false},
		"sessions over":          {limit.Rule{MaxSessions: 2}, "", true},
		"sessions of this queue": {limit.Rule{MaxSessions: 2, Queue: "gpu"}, "", false},
		"waiting over":           {limit.Rule{MaxPending: 1}, "", true},
		"all GPUs at the limit":  {limit.Rule{MaxTotalGPUs: 4}, "", false},
		"all GPUs over":          {limit.Rule{MaxTotalGPUs: 3}, "gpus", true},
		"all CPUs over":          {limit.Rule{MaxTotalCPUs: 6}, "cpus", true},
	} {
		err := limit.Set{c.rule}.Admit(alice, ask("gpu", 2), held)
		var denied *limit.Denied
		if errors.As(err, &denied) != c.deny || (c.deny && denied.Field != c.field) {
			t.Errorf("%s: %v", name, err)
		}
		if c.deny && (denied.Error() == "" || denied.Rule == "") {
			t.Errorf("%s: refusal without words: %+v", name, denied)
		}
	}
}

// However sessions come and go, what is admitted never exceeds a limit.
func TestAdmittedNeverExceeds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rule := limit.Rule{
			MaxSessions: rapid.IntRange(1, 6).Draw(t, "sessions"), MaxTotalGPUs: rapid.IntRange(1, 12).Draw(t, "gpus"),
			MaxPending: rapid.IntRange(1, 4).Draw(t, "pending"),
		}
		var held limit.Usage
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if len(held) > 0 && rapid.Bool().Draw(t, "leave") {
				i := rapid.IntRange(0, len(held)-1).Draw(t, "who")
				held = append(held[:i:i], held[i+1:]...)
				continue
			}
			r := ask("gpu", rapid.IntRange(0, 5).Draw(t, "n"))
			if (limit.Set{rule}).Admit(limit.Subject{User: "alice"}, r, held) == nil {
				held = append(held, limit.Held{Cluster: r.Cluster, Queue: r.Queue, Waiting: true, Resources: r.Resources})
			}
			gpus := 0
			for _, h := range held {
				gpus += h.Resources.GPUs
			}
			if len(held) > rule.MaxSessions || len(held) > rule.MaxPending || gpus > rule.MaxTotalGPUs {
				t.Fatalf("held %d sessions, %d GPUs under %+v", len(held), gpus, rule)
			}
		}
	})
}
