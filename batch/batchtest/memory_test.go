package batchtest_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/batchtest"
)

func submit(t *testing.T, m *batchtest.Memory, owner, tag string) batch.JobID {
	t.Helper()
	id, err := m.Submit(t.Context(), owner, batch.Script{Tag: tag, Body: []byte("#!/bin/bash\n"), Queue: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestMemoryLife(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := batchtest.New()
		id := submit(t, m, "alice", "berth:a:b:1")
		queued := time.Now()
		time.Sleep(time.Minute)
		m.Start(id, "c4")
		m.Requeue(id)
		m.Start(id, "c3")
		started := time.Now()
		time.Sleep(time.Minute)
		m.Finish(id, 7)
		m.Vanish(id)

		live, err := m.Jobs(t.Context(), []batch.JobID{id, "999"})
		if err != nil || len(live) != 0 {
			t.Fatalf("a vanished job was reported: %v, %v", live, err)
		}
		ended, err := m.Finished(t.Context(), []batch.JobID{id, "999"})
		if err != nil {
			t.Fatal(err)
		}
		code := 7
		want := map[batch.JobID]batch.Job{id: {
			ID: id, Owner: "alice", Tag: "berth:a:b:1", State: batch.Failed, Native: "FAILED",
			Queue: "cpu", Nodes: []string{"c3"}, NodeList: "c3", BatchHost: "c3",
			SubmittedAt: queued, StartedAt: started, EndedAt: time.Now(), ExitCode: &code, Restarts: 1,
		}}
		if diff := cmp.Diff(want, ended); diff != "" {
			t.Error(diff)
		}
		if got := m.Calls(); got != (batchtest.Calls{Submit: 1, Jobs: 1, Finished: 1}) {
			t.Errorf("calls: %+v", got)
		}
	})
}

func TestMemoryFailures(t *testing.T) {
	t.Parallel()
	m := batchtest.New()
	refusal := &batch.Rejected{Field: "qos", Reason: "no"}
	m.RefuseNext(refusal)
	if _, err := m.Submit(t.Context(), "alice", batch.Script{Tag: "x"}); !errors.Is(err, refusal) {
		t.Errorf("got %v", err)
	}
	m.LoseNextAnswer()
	if _, err := m.Submit(t.Context(), "alice", batch.Script{Tag: "x"}); !errors.Is(err, batch.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	forged := m.Add(batch.Job{Owner: "mallory", Tag: "x", State: batch.Running})
	found, err := m.Find(t.Context(), "alice", "x")
	if err != nil || len(found) != 1 || found[0].ID == forged {
		t.Errorf("the job of the lost answer is not found alone: %v, %v", found, err)
	}
	if err := m.Cancel(t.Context(), "alice", forged); !errors.Is(err, batch.ErrForbidden) {
		t.Errorf("got %v", err)
	}
	m.SetHistory(false)
	if _, err := m.FindFinished(t.Context(), "alice", "x", time.Time{}); !errors.Is(err, batch.ErrNoHistory) {
		t.Errorf("got %v", err)
	}
	m.SetUnavailable(true)
	if _, err := m.Queues(t.Context()); !errors.Is(err, batch.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if err := m.Cancel(t.Context(), "alice", found[0].ID); !errors.Is(err, batch.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}
