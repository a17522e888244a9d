package session_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
)

func TestLaunchToEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.launch(session.Request{"queue": "gpu", "gpus": "1", "time_limit": "1h"})
	if s.State != session.Queued || s.JobID == "" || s.Name != "notebook" {
		t.Fatalf("launched %+v", s)
	}
	script := w.batch.Script(s.JobID)
	if script.Tag != s.Tag("test") || script.Resources.GPUs != 1 {
		t.Fatalf("submitted %+v", script)
	}
	w.batch.Start(s.JobID, "c1")
	if s = w.observe(s); s.State != session.Starting || s.Node != "c1" {
		t.Fatalf("after the start: %s on %s", s.State, s.Node)
	}
	w.must(w.Claim(t.Context(), w.claim(s, 0)))
	if err := w.AppReady(t.Context(), s.ID, 1); err != nil {
		t.Fatal(err)
	}
	w.wantState(s.ID, session.Ready, "")
	if _, err := w.Stop(t.Context(), s.ID, "alice", session.StoppedByOwner); err != nil {
		t.Fatal(err)
	}
	w.wantState(s.ID, session.Stopping, "")
	if job := w.batch.Job(s.JobID); job.State != batch.Running {
		t.Fatalf("the agent was not given the time to end the app: the job is %s", job.State)
	}
	if err := w.AppExited(t.Context(), s.ID, 1, session.Exit{}); err != nil {
		t.Fatal(err)
	}
	end := w.wantState(s.ID, session.Ended, session.StoppedByOwner)
	if w.batch.Calls().Cancel != 0 {
		t.Error("a job whose agent ends by itself was cancelled")
	}
	if end.EndedAt.IsZero() || end.StoppedBy != "alice" {
		t.Fatalf("ended %+v", end)
	}
	if len(w.stopped) != 1 {
		t.Fatalf("agents told to stop: %v", w.stopped)
	}
	timeline, _ := w.store.Timeline(t.Context(), s.ID)
	if len(timeline) < 5 {
		t.Fatalf("timeline has %d entries: %+v", len(timeline), timeline)
	}
}

func TestStopIsIdempotentInEveryState(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.launch(session.Request{})
	for range 3 {
		if _, err := w.Stop(t.Context(), s.ID, "alice", session.StoppedByOwner); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.batch.Calls().Cancel; n != 1 {
		t.Errorf("the job was cancelled %d times", n)
	}
	w.observe(s)
	w.wantState(s.ID, session.Ended, session.StoppedByOwner)
	if got, err := w.Stop(t.Context(), s.ID, "alice", session.StoppedByOwner); err != nil || got.State != session.Ended {
		t.Fatalf("stopping what has ended: %s, %v", got.State, err)
	}
}

func TestRefusedBySchedulerEndsTheRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.batch.RefuseNext(&batch.Rejected{Field: "account", Reason: "no such account"})
	s, err := w.Launch(t.Context(), limit.Subject{User: "alice"}, session.Request{"account": "physics"})
	var rejected *batch.Rejected
	if !errors.As(err, &rejected) || rejected.Field != "account" {
		t.Fatalf("error %v", err)
	}
	w.wantState(s.ID, session.Ended, session.Refused)
	w.launch(session.Request{}) // the name is free again
}

// A submission whose answer is lost may have made a job: the person is told
// that nothing was started, and whatever turns up is cancelled.
func TestLostAnswerIsAbandoned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.batch.LoseNextAnswer()
	s, err := w.Launch(t.Context(), limit.Subject{User: "alice"}, session.Request{})
	if !errors.Is(err, batch.ErrUnavailable) {
		t.Fatalf("error %v", err)
	}
	w.wantState(s.ID, session.Stopping, "")
	jobs, err := w.batch.Find(t.Context(), "alice", s.Tag("test"))
	if err != nil || len(jobs) != 1 {
		t.Fatalf("jobs with the tag: %v, %v", jobs, err)
	}
	after, err := w.Observe(t.Context(), w.get(s.ID), jobs[0], session.FromQueue)
	if err != nil {
		t.Fatal(err)
	}
	w.Recancel(t.Context(), after)
	w.observe(after)
	w.wantState(s.ID, session.Ended, session.NotSubmitted)
}

// lateAnswer is a scheduler that makes the job and does not say so in time.
type lateAnswer struct {
	batch.Scheduler
	meanwhile func(batch.JobID)
}

func (l lateAnswer) Submit(ctx context.Context, owner string, script batch.Script) (batch.JobID, error) {
	id, err := l.Scheduler.Submit(ctx, owner, script)
	if err != nil {
		return "", err
	}
	l.meanwhile(id)
	return "", batch.ErrUnavailable
}

// The job's own call is a better answer than the one that was lost.
func TestLostAnswerOfAJobThatCalledBack(t *testing.T) {
	t.Parallel()
	for _, stopped := range []bool{false, true} {
		w := newWorld(t)
		cluster := w.Clusters["demo"]
		cluster.Scheduler = lateAnswer{w.batch, func(job batch.JobID) {
			w.batch.Start(job, "c1")
			all, _ := w.store.List(t.Context(), session.Filter{Live: true})
			c := w.claim(all[0], 0)
			c.JobID = job
			w.must(w.Claim(t.Context(), c))
			if stopped {
				if _, err := w.Stop(t.Context(), c.Session, "alice", session.StoppedByOwner); err != nil {
					t.Error(err)
				}
			}
		}}
		w.Clusters["demo"] = cluster
		s, err := w.Launch(t.Context(), limit.Subject{User: "alice"}, session.Request{})
		if err != nil || s.JobID == "" {
			t.Fatalf("launched %+v, %v", s, err)
		}
		want := session.Starting
		if stopped {
			want = session.Stopping
		}
		w.wantState(s.ID, want, "")
		if job := w.batch.Job(s.JobID); (job.State == batch.Running) == stopped {
			t.Errorf("stopped: %t, the job is %s", stopped, job.State)
		}
	}
}

func TestSchedulerKnownToBeDownRefusesBeforeARow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.batch.SetUnavailable(true)
	_ = w.Board.Refresh(t.Context(), "demo")
	_, err := w.Launch(t.Context(), limit.Subject{User: "alice"}, session.Request{})
	if !errors.Is(err, batch.ErrUnavailable) {
		t.Fatalf("error %v", err)
	}
	if all, _ := w.store.List(t.Context(), session.Filter{}); len(all) != 0 {
		t.Fatalf("%d rows were written", len(all))
	}
}

func TestEndCauses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		state  batch.State
		exit   int
		reason session.EndReason
	}{
		{batch.Completed, 0, session.Finished},
		{batch.Failed, 127, session.Failed},
		{batch.Timeout, 0, session.TimedOut},
		{batch.OutOfMemory, 125, session.OutOfMemory},
		{batch.NodeFail, 0, session.NodeFailed},
		{batch.Cancelled, 0, session.Cancelled},
		{batch.LaunchFailed, 1, session.Failed},
	} {
		t.Run(string(c.state), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			s := w.launch(session.Request{})
			w.batch.Start(s.JobID, "c1")
			w.observe(s)
			w.batch.End(s.JobID, c.state, c.exit)
			w.observe(s)
			end := w.wantState(s.ID, session.Ended, c.reason)
			if end.Detail == "" {
				t.Error("no detail")
			}
		})
	}
}

func TestWhoCancelled(t *testing.T) {
	t.Parallel()
	for by, want := range map[string]string{
		"":     "The job was cancelled outside berth, it is not known by whom",
		"bob":  "The job was cancelled outside berth by bob",
		"2002": "The job was cancelled outside berth by user number 2002",
	} {
		w := newWorld(t)
		s := w.launch(session.Request{})
		w.batch.Start(s.JobID, "c1")
		w.batch.End(s.JobID, batch.Cancelled, 0)
		w.batch.Update(s.JobID, func(j *batch.Job) { j.CancelledBy = by })
		w.observe(s)
		if end := w.wantState(s.ID, session.Ended, session.Cancelled); end.Detail != want {
			t.Errorf("by %q: %s", by, end.Detail)
		}
	}
}

func TestJobThatDiesEarlyBringsItsLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.jobLog = "module: command not found\nberth: not found\n"
	s := w.launch(session.Request{})
	w.batch.Start(s.JobID, "c1")
	w.observe(s)
	w.batch.Finish(s.JobID, 127)
	w.observe(s)
	end := w.wantState(s.ID, session.Ended, session.Failed)
	if end.ExitCode == nil || *end.ExitCode != 127 {
		t.Fatalf("exit code %v", end.ExitCode)
	}
	lines, _ := w.store.Tail(t.Context(), s.ID, 0, 10)
	if len(lines) != 2 || lines[1].Text != "berth: not found" {
		t.Fatalf("log %+v", lines)
	}
}

// What only the scheduler knows is not guessed from the agent's exit record.
func TestKilledAppWaitsForTheScheduler(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.ready(session.Request{})
	if err := w.AppExited(t.Context(), s.ID, 1, session.Exit{Signal: 9}); err != nil {
		t.Fatal(err)
	}
	w.wantState(s.ID, session.Ready, "")
	w.batch.End(s.JobID, batch.OutOfMemory, 125)
	w.observe(s)
	w.wantState(s.ID, session.Ended, session.OutOfMemory)

	s = w.ready(session.Request{})
	if err := w.AppExited(t.Context(), s.ID, 1, session.Exit{Code: 0}); err != nil {
		t.Fatal(err)
	}
	w.wantState(s.ID, session.Ended, session.Finished)
}

// An app that a signal has ended has no exit code.
func TestNoExitCodeWithASignal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.ready(session.Request{})
	if err := w.AppExited(t.Context(), s.ID, 1, session.Exit{Signal: 15}); err != nil {
		t.Fatal(err)
	}
	if end := w.wantState(s.ID, session.Ended, session.Failed); end.Signal != 15 || end.ExitCode != nil || !strings.Contains(end.Detail, "signal 15") {
		t.Fatalf("signal %d, exit code %v, %q", end.Signal, end.ExitCode, end.Detail)
	}
}

// A job's status says 137 of an app that was killed; the agent saw the signal.
func TestSignalIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.ready(session.Request{})
	if err := w.AppExited(t.Context(), s.ID, 1, session.Exit{Signal: 9}); err != nil {
		t.Fatal(err)
	}
	w.batch.End(s.JobID, batch.Failed, 137)
	w.observe(s)
	if end := w.wantState(s.ID, session.Ended, session.Failed); end.Signal != 9 || end.ExitCode != nil || !strings.Contains(end.Detail, "signal 9") {
		t.Fatalf("signal %d, exit code %v, %q", end.Signal, end.ExitCode, end.Detail)
	}
}

func TestMissingIsNotFinished(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.ready(session.Request{})
	if err := w.AgentGone(t.Context(), s.ID, 1); err != nil {
		t.Fatal(err)
	}
	patience := session.Patience{For: 10 * time.Minute, Polls: 3}
	missing := func() session.Session {
		got, err := w.Missing(t.Context(), w.get(s.ID), patience)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for range 5 {
		if got := missing(); got.State != session.Ready {
			t.Fatalf("ended before the deadline: %s", got.State)
		}
	}
	w.pass(time.Hour)
	w.observe(s) // it is back: the clock is cleared
	if got := missing(); got.State != session.Ready || got.MissingPolls != 1 {
		t.Fatalf("%s after %d polls", got.State, got.MissingPolls)
	}
	w.pass(9 * time.Minute)
	missing()
	if got := missing(); got.State != session.Ready {
		t.Fatalf("lost after 9 minutes")
	}
	w.pass(2 * time.Minute)
	missing()
	w.wantState(s.ID, session.Ended, session.Lost)
}

// As long as the agent is connected its job lives, whatever is not reported.
func TestLiveAgentIsEvidence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.ready(session.Request{})
	patience := session.Patience{For: 10 * time.Minute, Polls: 3}
	missing := func() session.Session {
		got, err := w.Missing(t.Context(), w.get(s.ID), patience)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	began := w.now()
	for range 10 {
		if got := missing(); got.State != session.Ready || !got.MissingSince.Equal(began) {
			t.Fatalf("%s, missing since %s", got.State, got.MissingSince)
		}
		w.pass(time.Hour)
	}
	if err := w.AgentGone(t.Context(), s.ID, 1); err != nil {
		t.Fatal(err)
	}
	for range 4 { // the patience begins now
		w.pass(2 * time.Minute)
		missing()
	}
	w.wantState(s.ID, session.Ready, "")
	w.pass(2 * time.Minute)
	missing()
	w.wantState(s.ID, session.Ended, session.Lost)
}

// Whose agent cannot act, or is not there, has its job cancelled at once.
func TestStopWithoutAnAgent(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*world, session.Session){
		"not connected": func(w *world, s session.Session) { w.deaf = true },
		"suspended": func(w *world, s session.Session) {
			w.batch.Update(s.JobID, func(j *batch.Job) { j.State = batch.Suspended })
			w.observe(s)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			s := w.ready(session.Request{})
			prepare(w, s)
			if _, err := w.Stop(t.Context(), s.ID, "alice", session.StoppedByOwner); err != nil {
				t.Fatal(err)
			}
			if job := w.batch.Job(s.JobID); job.State != batch.Cancelled {
				t.Errorf("the job is %s", job.State)
			}
		})
	}
}

func TestForeignJobIsNotBelieved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.ready(session.Request{})
	job := w.batch.Job(s.JobID)
	job.Owner, job.State = "mallory", batch.Failed
	if _, err := w.Observe(t.Context(), w.get(s.ID), job, session.FromQueue); err != nil {
		t.Fatal(err)
	}
	job = w.batch.Job(s.JobID)
	job.ID, job.State = "999", batch.Failed
	if _, err := w.Observe(t.Context(), w.get(s.ID), job, session.FromQueue); err != nil {
		t.Fatal(err)
	}
	w.wantState(s.ID, session.Ready, "")
}

func TestNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, want := range []string{"notebook", "notebook-2", "notebook-3"} {
		if s := w.launch(session.Request{}); s.Name != want {
			t.Errorf("name %q, want %q", s.Name, want)
		}
	}
	_, err := w.Launch(t.Context(), limit.Subject{User: "alice"}, session.Request{"name": "notebook"})
	if !errors.Is(err, session.ErrNameTaken) {
		t.Errorf("error %v", err)
	}
}

func TestOwnership(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.launch(session.Request{})
	if _, err := w.Owned(t.Context(), "alice", s.ID); err != nil {
		t.Error(err)
	}
	for _, asker := range []string{"bob", ""} {
		if _, err := w.Owned(t.Context(), asker, s.ID); !errors.Is(err, session.ErrNotFound) {
			t.Errorf("%q by id: %v", asker, err)
		}
		if _, err := w.AtPath(t.Context(), asker, "alice", s.Name); !errors.Is(err, session.ErrNotFound) {
			t.Errorf("%q by path: %v", asker, err)
		}
	}
	if _, err := w.Owned(t.Context(), "alice", "../../etc/passwd"); !errors.Is(err, session.ErrNotFound) {
		t.Error(err)
	}
}
