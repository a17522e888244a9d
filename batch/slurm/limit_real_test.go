package slurm_test

import (
	"errors"
	"os/exec"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest"
)

func asked(change func(*batch.Script)) batch.Script {
	s := batch.Script{
		Tag: "berth:test:limits:1", Body: []byte(batchtest.ScriptSleep), Queue: "cpu", WorkDir: "/",
		TimeLimit: batch.Duration(10 * time.Minute),
	}
	change(&s)
	return s
}

// TestAccountRefusals: what accounts and classes of service refuse names the
// field of the form.
func TestAccountRefusals(t *testing.T) {
	t.Parallel()
	needAccounting(t)
	s := reached(t)
	for what, c := range map[string]struct {
		owner, field, reason string
		script               batch.Script
	}{
		"no such account": {
			"alice", "account", "The account is not valid in this partition",
			asked(func(s *batch.Script) { s.Account = "nosuch" }),
		},
		"somebody else's account": {
			"alice", "account", "The account is not valid in this partition",
			asked(func(s *batch.Script) { s.Account = "course" }),
		},
		"no account at all": {
			"nobody", "account", "You have no account that can be charged in this partition",
			asked(func(*batch.Script) {}),
		},
		"no such QOS": {
			"alice", "qos", "The service class (QOS) is not valid for you",
			asked(func(s *batch.Script) { s.QOS = "nosuch" }),
		},
		"a QOS of another account": {
			"dave", "qos", "The service class (QOS) is not valid for you",
			asked(func(s *batch.Script) { s.Account, s.QOS = "course", "short" }),
		},
		"too long for the QOS": {
			"alice", "time_limit", "The request is over the limit of the service class (QOS) on time for one job",
			asked(func(s *batch.Script) { s.QOS, s.TimeLimit = "short", batch.Duration(time.Hour) }),
		},
	} {
		id, err := s.Submit(t.Context(), c.owner, c.script)
		var no *batch.Rejected
		if !errors.As(err, &no) || no.Field != c.field || no.Reason != c.reason {
			t.Errorf("%s: job %q, %v", what, id, err)
		}
	}
}

// TestAccountLimits: dave's account course may run one job, with one GPU, and
// have two in the queue.
func TestAccountLimits(t *testing.T) {
	t.Parallel()
	needAccounting(t)
	s := reached(t)
	submitted := func(script batch.Script) batch.JobID {
		id, err := s.Submit(t.Context(), "dave", script)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = exec.Command("scancel", string(id)).Run() })
		return id
	}
	waits := func(id batch.JobID, reason, text string) {
		t.Helper()
		until(t, string(id)+" waits for "+reason, func() bool {
			jobs, err := s.Jobs(t.Context(), []batch.JobID{id})
			return err == nil && jobs[id].State == batch.Pending && jobs[id].Reason == reason
		})
		if got := batch.ReasonText(reason); got != text {
			t.Errorf("%s: %s", reason, got)
		}
	}
	small := asked(func(s *batch.Script) { s.Account = "course" })
	large := asked(func(s *batch.Script) {
		s.Account, s.Queue, s.Resources = "course", "gpu", batch.Resources{GPUs: 2, GPUType: "a100"}
	})
	two := submitted(large)
	waits(two, "AssocGrpGRES", "The limit of your account on GPUs in use at once has been reached")
	if j := running(t, s, submitted(small)); j.Account != "course" || j.QOS != "normal" {
		t.Errorf("%+v", j)
	}
	var no *batch.Rejected
	if id, err := s.Submit(t.Context(), "dave", small); !errors.As(err, &no) ||
		no.Reason != "You have reached the limit of your account on jobs in the queue for one user" {
		t.Errorf("a third job: %q, %v", id, err)
	}
	if err := s.Cancel(t.Context(), "dave", two); err != nil {
		t.Fatal(err)
	}
	waits(submitted(small), "AssocMaxJobsLimit", "You have reached the limit of your account on running jobs for one user")
}

// TestClassOfService: a job says which account and QOS it is charged to.
func TestClassOfService(t *testing.T) {
	t.Parallel()
	needAccounting(t)
	s := reached(t)
	j := running(t, s, submit(t, s, asked(func(s *batch.Script) { s.QOS = "short" })))
	if j.QOS != "short" || j.Account != "research" {
		t.Errorf("%+v", j)
	}
}
