package sql_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/usage"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

// runs is a session whose job runs since then.
func runs(t *testing.T, s *sql.Store, owner, name string, since time.Time) session.Session {
	t.Helper()
	want := asked(owner, name)
	want.CreatedAt = since.Add(-10 * time.Minute)
	v := create(t, s, want)
	v.State, v.StartedAt, v.ReadyAt = session.Ready, since, since.Add(time.Second)
	return change(t, s, v, session.Evidence{})
}

func minute(v session.Session) usage.Minute {
	return usage.Minute{
		Session: v.ID, Attempt: v.Attempt, Span: time.Minute, CPUs: 2, Memory: 300, MemoryPeak: 400, MemoryMax: 500, Kernels: 1,
		Devices: []usage.Device{{ID: "GPU-1", Name: "A100", Busy: 0.5, Memory: 7, MemoryTotal: 9}},
	}
}

func TestMinutesAddUp(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	v := runs(t, s, "alice", "lab", noon)
	if _, err := s.Usage(t.Context(), v.ID); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("before the first minute: %v", err)
	}
	busy := minute(v)
	busy.KernelAt = noon.Add(50 * time.Second)
	idle := minute(v)
	idle.CPUs, idle.Kernels, idle.Devices[0].Busy, idle.MemoryPeak, idle.Memory = 0.01, -1, 0, 350, 200
	for i, m := range []usage.Minute{busy, idle} {
		if err := s.AddMinutes(t.Context(), noon.Add(time.Duration(i+1)*time.Minute), []usage.Minute{m}); err != nil {
			t.Fatal(err)
		}
	}
	want := usage.Summary{
		Session: v.ID, Attempt: 1, SampledAt: noon.Add(2 * time.Minute), CPUs: 0.01, Memory: 200, MemoryPeak: 400, MemoryMax: 500,
		Devices: idle.Devices, Kernels: -1, CPUSeconds: 120.6, GPUSeconds: 30,
		CPUAt: noon.Add(time.Minute), GPUAt: noon.Add(time.Minute), KernelAt: noon.Add(50 * time.Second),
	}
	got, err := s.Usage(t.Context(), v.ID)
	if d := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-9)); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	if !got.BusyAt().Equal(noon.Add(time.Minute)) {
		t.Errorf("busy at %s", got.BusyAt())
	}
	if err := s.NoteOpen(t.Context(), map[session.ID]time.Time{v.ID: noon.Add(time.Hour), session.NewID(): noon}); err != nil {
		t.Fatal(err)
	}
	live, err := s.LiveUsage(t.Context())
	want.OpenAt = noon.Add(time.Hour)
	if d := cmp.Diff(map[session.ID]usage.Summary{v.ID: want}, live, cmpopts.EquateApprox(0, 1e-9)); d != "" || err != nil {
		t.Errorf("live: %v (-want +got):\n%s", err, d)
	}
	minutes, err := s.Minutes(t.Context(), v.ID, noon.Add(time.Minute), 10)
	if len(minutes) != 1 || minutes[0].CPUs != 0.01 || minutes[0].Span != time.Minute || minutes[0].Kernels != -1 || err != nil {
		t.Errorf("%+v, %v", minutes, err)
	}
}

func TestOnlyTheAttemptThatRunsCounts(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	waits, over, again := create(t, s, asked("alice", "waits")), runs(t, s, "alice", "over", noon), runs(t, s, "alice", "again", noon)
	end(t, s, over, noon.Add(time.Hour))
	stale := minute(again)
	again.Attempt = 2
	change(t, s, again, session.Evidence{})
	for _, m := range []usage.Minute{minute(waits), minute(over), stale, {Session: session.NewID(), Attempt: 1}} {
		if err := s.AddMinutes(t.Context(), noon.Add(2*time.Hour), []usage.Minute{m}); err != nil {
			t.Fatal(err)
		}
		if found, err := s.Minutes(t.Context(), m.Session, time.Time{}, 10); len(found) > 0 || err != nil {
			t.Errorf("kept: %+v, %v", found, err)
		}
	}
}

func TestAnAgentCannotClaimMoreThanTheJobHolds(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	v := runs(t, s, "alice", "lab", noon)
	m := minute(v)
	m.CPUs = 1e6
	for range 20 {
		m.Devices = append(m.Devices, usage.Device{Busy: 1})
	}
	if err := s.AddMinutes(t.Context(), noon.Add(time.Minute), []usage.Minute{m}); err != nil {
		t.Fatal(err)
	}
	end(t, s, v, noon.Add(time.Minute))
	rows := rows(t, s, usage.Query{By: usage.ByUser})
	if r := rows[0]; r.GPUUsed > r.GPUHeld || r.CPUUsed > r.CPUHeld || r.GPUSeen > r.GPUHeld {
		t.Errorf("%+v", r)
	}
	if got, err := s.Usage(t.Context(), v.ID); got.GPUSeconds != 60 || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

// rows reports on the days around noon.
func rows(t *testing.T, s *sql.Store, q usage.Query) []usage.Row {
	t.Helper()
	q.From, q.To = noon.AddDate(0, 0, -3), noon.AddDate(0, 0, 3)
	r, err := usage.Reporter{Store: s}.Rows(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
