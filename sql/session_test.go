package sql_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 123456000, time.UTC)

// asked is a session as it is asked for.
func asked(owner, name string) session.Session {
	return session.Session{
		ID: session.NewID(), Owner: owner, Name: name, App: "lab", Cluster: "main", Queue: "gpu",
		Resources: batch.Resources{CPUs: 4, Memory: 8 * batch.GiB, GPUs: 1, GPUType: "a100"},
		TimeLimit: batch.Duration(8 * time.Hour), State: session.Requested, Attempt: 1, CreatedAt: noon,
	}
}

// anything is allowed: the database has no limits.
var anything = limit.Admission{}

var requested = session.Evidence{
	At: noon, Source: session.FromPerson, Event: "requested", To: session.Requested, By: "alice", Text: "asked for",
}

func create(t *testing.T, s *sql.Store, asked session.Session) session.Session {
	t.Helper()
	made, err := s.Create(t.Context(), asked, requested, anything)
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	return made
}

func change(t *testing.T, s *sql.Store, to session.Session, ev session.Evidence) session.Session {
	t.Helper()
	now, err := s.Change(t.Context(), to, ev)
	if err != nil {
		t.Fatalf("change: %v", err)
	}
	return now
}

func end(t *testing.T, s *sql.Store, v session.Session, at time.Time) session.Session {
	t.Helper()
	v.State, v.Reason, v.EndedAt = session.Ended, session.Finished, at
	return change(t, s, v, session.Evidence{At: at, Source: session.FromAgent, Event: session.EvOver, To: session.Ended})
}

// full is a session with every field set.
func full() session.Session {
	code := 137
	s := asked("alice", "deep-learning")
	s.Account, s.QOS, s.Resources.Nodes = "physics", "long", 2
	s.State, s.Attempt = session.Ended, 3
	s.JobID, s.JobState, s.JobNative, s.JobReason, s.Node = "1234.pbs", batch.OutOfMemory, "OOM", "Resources (ü)", "c[1-2]"
	s.EstimatedStart, s.MissingSince, s.MissingPolls = noon.Add(time.Minute), noon.Add(2*time.Minute), 4
	s.AgentSince, s.AgentLost = noon.Add(3*time.Minute), noon.Add(4*time.Minute)
	s.ClaimHash = []byte(strings.Repeat("h", 32))
	s.QueuedAt, s.StartedAt, s.ReadyAt, s.EndedAt = noon.Add(5), noon.Add(6*time.Second), noon.Add(7*time.Second), noon.Add(8*time.Second)
	s.QueuedAt = noon.Add(5 * time.Microsecond)
	s.StopReason, s.StoppedBy, s.Reason, s.Detail = session.StoppedByAdmin, "root", session.OutOfMemory, "more than 8 GB\n“was” used"
	s.ExitCode, s.Signal = &code, 9
	s.OwnerGroups, s.HeldUntil = []string{"ml", "physics"}, noon.Add(9*time.Second)
	return s
}

// TestAChangeWritesEveryField, but for those that never change.
func TestAChangeWritesEveryField(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	want := full()
	bare := asked("alice", "deep-learning")
	bare.ID, bare.OwnerGroups = want.ID, want.OwnerGroups
	want.Version = create(t, s, bare).Version
	got := change(t, s, want, session.Evidence{})
	want.Version++
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestSessionReadsBackAsWritten(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	for name, want := range map[string]session.Session{"bare": asked("bob", "lab"), "full": full()} {
		made := create(t, s, want)
		want.Version = 1
		if d := cmp.Diff(want, made); d != "" {
			t.Errorf("%s: created (-want +got):\n%s", name, d)
		}
		got, err := s.Get(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: read (-want +got):\n%s", name, d)
		}
	}
}

func TestGetKnowsNothingOfOthers(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	for _, id := range []session.ID{session.NewID(), "", "no id", "'; drop table sessions; --"} {
		if _, err := s.Get(t.Context(), id); !errors.Is(err, session.ErrNotFound) {
			t.Errorf("Get(%q): %v", id, err)
		}
	}
	if _, err := s.ByName(t.Context(), "alice", "lab"); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("ByName: %v", err)
	}
}

func TestChangeIsCompareAndSet(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	first := create(t, s, asked("alice", "lab"))

	queued := first
	queued.State, queued.JobID, queued.QueuedAt = session.Queued, "77", noon.Add(time.Second)
	ev := session.Evidence{At: noon.Add(time.Second), Source: session.FromGateway, Event: session.EvSubmitted, From: session.Requested, To: session.Queued}
	now := change(t, s, queued, ev)
	queued.Version = first.Version + 1
	if d := cmp.Diff(queued, now); d != "" {
		t.Errorf("changed (-want +got):\n%s", d)
	}

	stale := first
	stale.State = session.Stopping
	if _, err := s.Change(t.Context(), stale, session.Evidence{Event: session.EvStop}); !errors.Is(err, session.ErrMoved) {
		t.Errorf("a stale change: %v", err)
	}
	got, err := s.Get(t.Context(), first.ID)
	if err != nil || got.State != session.Queued {
		t.Errorf("after a stale change: %s, %v", got.State, err)
	}
	gone := now
	gone.ID = session.NewID()
	if _, err := s.Change(t.Context(), gone, session.Evidence{}); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("a change of nothing: %v", err)
	}

	line, err := s.Timeline(t.Context(), first.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]session.Evidence{requested, ev}, line); d != "" {
		t.Errorf("timeline (-want +got):\n%s", d)
	}
}

func TestChangeKeepsWhatASessionIs(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	made := create(t, s, asked("alice", "lab"))
	other := made
	other.Owner, other.Name, other.CreatedAt, other.JobReason = "mallory", "other", noon.Add(time.Hour), "Priority"
	now := change(t, s, other, session.Evidence{})
	want := made
	want.JobReason, want.Version = "Priority", made.Version+1
	if d := cmp.Diff(want, now); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestOneOfManyChangesWins(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	made := create(t, s, asked("alice", "lab"))
	results := make(chan error, 20)
	for range cap(results) {
		go func() {
			to := made
			to.State = session.Stopping
			_, err := s.Change(context.WithoutCancel(t.Context()), to, session.Evidence{Event: session.EvStop, Text: "stop"})
			results <- err
		}()
	}
	won := 0
	for range cap(results) {
		switch err := <-results; {
		case err == nil:
			won++
		case !errors.Is(err, session.ErrMoved):
			t.Error(err)
		}
	}
	line, err := s.Timeline(t.Context(), made.ID)
	if won != 1 || len(line) != 2 || err != nil {
		t.Errorf("%d changes won, %d entries, %v", won, len(line), err)
	}
}

func TestEndedIsFinal(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	over := end(t, s, create(t, s, asked("alice", "lab")), noon.Add(time.Hour))

	again := over
	again.State, again.Reason, again.EndedAt = session.Ready, "", time.Time{}
	if _, err := s.Change(t.Context(), again, session.Evidence{Event: session.EvReady}); err == nil {
		t.Error("an ended session came back to life")
	}
	more := over
	more.Detail = "the tail of the log"
	change(t, s, more, session.Evidence{})
}

func TestByNamePrefersTheLiving(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	read := func() session.ID {
		t.Helper()
		got, err := s.ByName(t.Context(), "alice", "lab")
		if err != nil {
			t.Fatal(err)
		}
		return got.ID
	}
	first := create(t, s, asked("alice", "lab"))
	create(t, s, asked("bob", "lab"))
	create(t, s, asked("alice", "other"))
	end(t, s, first, noon.Add(2*time.Hour))
	second := end(t, s, create(t, s, asked("alice", "lab")), noon.Add(time.Hour))
	if got := read(); got != first.ID {
		t.Errorf("among the ended: %s, not the one that ended last, %s (the other is %s)", got, first.ID, second.ID)
	}
	live := create(t, s, asked("alice", "lab"))
	if got := read(); got != live.ID {
		t.Errorf("%s, not the live one, %s", got, live.ID)
	}
}
