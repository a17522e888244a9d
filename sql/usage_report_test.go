package sql_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/usage"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

// history has some days of three people's sessions around noon.
func history(t *testing.T, s *sql.Store) {
	t.Helper()
	launch := func(owner string, edit func(*session.Session)) session.Session {
		want := asked(owner, string(session.NewID()))
		want.OwnerGroups = map[string][]string{"alice": {"ml", "physics"}, "bob": {"physics"}}[owner]
		edit(&want)
		return create(t, s, want)
	}
	run := func(v session.Session, from, to time.Time) {
		v.State, v.StartedAt, v.ReadyAt = session.Ready, from, from.Add(time.Second)
		v = change(t, s, v, session.Evidence{})
		for at := from.Add(time.Minute); !at.After(from.Add(10 * time.Minute)); at = at.Add(time.Minute) {
			if err := s.AddMinutes(t.Context(), at, []usage.Minute{minute(v)}); err != nil {
				t.Fatal(err)
			}
		}
		end(t, s, v, to)
	}
	// 18 hours of 2 GPUs: half of them on the next day.
	two := launch("alice", func(v *session.Session) { v.Resources.GPUs = 2; v.CreatedAt = noon.Add(-time.Minute) })
	run(two, noon.Add(3*time.Hour-123456*time.Microsecond), noon.Add(21*time.Hour-123456*time.Microsecond))
	one := launch("bob", func(v *session.Session) { v.Queue, v.App, v.Account = "long", "code", "chem" })
	run(one, noon.Add(time.Hour), noon.Add(2*time.Hour))
	// These never ran.
	refused := launch("carol", func(v *session.Session) { v.CreatedAt = noon })
	refused.State, refused.Reason, refused.EndedAt = session.Ended, session.Refused, noon.Add(time.Second)
	change(t, s, refused, session.Evidence{})
	launch("carol", func(v *session.Session) { v.Resources.GPUs = 8 })
	// And this one failed before its app answered.
	failed := launch("bob", func(v *session.Session) { v.Resources.GPUs = 0 })
	failed.State, failed.StartedAt = session.Starting, noon.Add(time.Minute)
	failed = change(t, s, failed, session.Evidence{})
	failed.State, failed.Reason, failed.EndedAt = session.Ended, session.StartTimeout, noon.Add(31*time.Minute)
	change(t, s, failed, session.Evidence{})
}

var nearly = cmpopts.EquateApprox(0, 0.001)

func key(rows []usage.Row) map[string][3]float64 {
	out := map[string][3]float64{}
	for _, r := range rows {
		out[r.Key] = [3]float64{r.GPUAsked, r.GPUHeld, r.GPUUsed}
	}
	return out
}

func TestReport(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	history(t, s)
	check := func(when string) {
		t.Helper()
		for _, c := range []struct {
			query usage.Query
			want  map[string][3]float64 // GPU-hours asked, held, used
		}{
			{usage.Query{By: usage.ByUser}, map[string][3]float64{"alice": {16, 36, 1. / 12}, "bob": {8, 1, 1. / 12}, "carol": {}}},
			{usage.Query{By: usage.ByGroup}, map[string][3]float64{"ml": {16, 36, 1. / 12}, "physics": {24, 37, 1. / 6}, "": {}}},
			{usage.Query{By: usage.ByGroup, Group: "ml"}, map[string][3]float64{"ml": {16, 36, 1. / 12}}},
			{usage.Query{By: usage.ByUser, Group: "ml"}, map[string][3]float64{"alice": {16, 36, 1. / 12}}},
			{usage.Query{By: usage.ByDay}, map[string][3]float64{"2026-03-14": {24, 19, 1. / 6}, "2026-03-15": {0, 18, 0}}},
			{usage.Query{By: usage.ByQueue}, map[string][3]float64{"main/gpu": {16, 36, 1. / 12}, "main/long": {8, 1, 1. / 12}}},
			{usage.Query{By: usage.ByApp, User: "bob"}, map[string][3]float64{"lab": {}, "code": {8, 1, 1. / 12}}},
			{usage.Query{By: usage.ByAccount, Queue: "long"}, map[string][3]float64{"chem": {8, 1, 1. / 12}}},
			{usage.Query{By: usage.ByGPU}, map[string][3]float64{"a100": {24, 37, 1. / 6}}},
			{usage.Query{By: usage.ByCluster, Cluster: "other"}, map[string][3]float64{}},
		} {
			if d := cmp.Diff(c.want, key(rows(t, s, c.query)), nearly); d != "" {
				t.Errorf("%s: %+v (-want +got):\n%s", when, c.query, d)
			}
		}
		report, err := usage.Reporter{Store: s}.Report(t.Context(), usage.Query{
			From: noon.AddDate(0, 0, -1), To: noon.AddDate(0, 0, 1), By: usage.ByGroup,
		})
		if err != nil {
			t.Fatal(err)
		}
		wantTotal := usage.Row{
			Key: "total", Starts: 3, GPUAsked: 24, GPUHeld: 37, GPUUsed: 1. / 6, GPUSeen: 1. / 3, GPUIdle: 1. / 6,
			CPUAsked: 96, CPUHeld: 78, CPUUsed: 2. / 3, CPUSeen: 4. / 3, CPUIdle: 2. / 3,
		}
		if d := cmp.Diff(wantTotal, report.Total, nearly); d != "" {
			t.Errorf("%s: total (-want +got):\n%s", when, d)
		}
		wantFailures := []usage.Failure{{Reason: "refused", Launches: 1}, {Reason: "start_timeout", Launches: 1}}
		if d := cmp.Diff(wantFailures, report.Failures); d != "" {
			t.Errorf("%s: failures (-want +got):\n%s", when, d)
		}
		wantWaits := []usage.Wait{
			{Cluster: "main", Queue: "gpu", GPUType: "a100", Launches: 2, P10: 1140, P25: 2760, Median: 5460, P75: 8160, P90: 9780, Longest: 10860},
			{Cluster: "main", Queue: "long", GPUType: "a100", Launches: 1, P10: 3600, P25: 3600, Median: 3600, P75: 3600, P90: 3600, Longest: 3600},
		}
		if d := cmp.Diff(wantWaits, report.Waits, cmpopts.EquateApprox(0, 1.5)); d != "" {
			t.Errorf("%s: waits (-want +got):\n%s", when, d)
		}
	}
	check("from rows")
	roll := usage.RollUp{Store: s, Now: func() time.Time { return noon.AddDate(0, 0, 2) }}
	for range 2 {
		if _, err := roll.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		check("half rolled up")
	}
	roll.Now = func() time.Time { return noon.AddDate(0, 0, 30) }
	if _, err := roll.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("rolled up")
	if _, err := s.Purge(t.Context(), sql.Retention{Sessions: noon.AddDate(0, 0, 20)}); err != nil {
		t.Fatal(err)
	}
	check("after the sessions were forgotten")
	if _, err := roll.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("rolled up once more")
}

func TestRequeuedAttemptsAllCount(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	now := time.Now()
	v := runs(t, s, "alice", "lab", now.Add(-3*time.Hour))
	v.State, v.Attempt, v.StartedAt, v.ReadyAt = session.Queued, 2, time.Time{}, time.Time{}
	v = change(t, s, v, session.Evidence{})
	v.State, v.StartedAt, v.ReadyAt = session.Ready, now.Add(2*time.Hour), now.Add(2*time.Hour)
	v = change(t, s, v, session.Evidence{})
	v.StartedAt = now.Add(2*time.Hour + time.Minute) // the scheduler knows better
	v = change(t, s, v, session.Evidence{})
	end(t, s, v, now.Add(4*time.Hour+time.Minute))
	report, err := usage.Reporter{Store: s}.Report(t.Context(), usage.Query{From: now.AddDate(0, 0, -2), To: now.AddDate(0, 0, 2), By: usage.ByUser})
	if err != nil {
		t.Fatal(err)
	}
	want := usage.Row{Key: "alice", Starts: 2, GPUAsked: 16, GPUHeld: 5, CPUAsked: 64, CPUHeld: 20}
	if d := cmp.Diff([]usage.Row{want}, report.Rows, cmpopts.EquateApprox(0, 0.02)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if len(report.Waits) != 1 || report.Waits[0].Launches != 1 {
		t.Errorf("waits: %+v", report.Waits)
	}
}

func TestNamesInOldDaysAreReplaced(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	want := asked("alice", "lab")
	want.OwnerGroups, want.Account = []string{"alice", "ml"}, "alice"
	v := create(t, s, want)
	v.State, v.StartedAt, v.ReadyAt = session.Ready, noon, noon
	end(t, s, change(t, s, v, session.Evidence{}), noon.Add(time.Hour))
	veil := usage.NewVeil([]byte("k"))
	roll := usage.RollUp{
		Store: s, Veil: veil, Policy: usage.Policy{Pseudonym: 30 * 24 * time.Hour}, Now: func() time.Time { return noon.AddDate(0, 0, 29) },
	}
	named := func(name string) {
		t.Helper()
		for _, by := range []usage.By{usage.ByUser, usage.ByAccount} {
			if r := rows(t, s, usage.Query{By: by}); len(r) != 1 || r[0].Key != name {
				t.Errorf("by %s: %+v, want %s", by, r, name)
			}
		}
		if _, there := key(rows(t, s, usage.Query{By: usage.ByGroup}))[name]; !there {
			t.Errorf("no group %s", name)
		}
	}
	for _, step := range []struct {
		days int
		name string
	}{{29, "alice"}, {32, veil.Name("alice")}, {33, veil.Name("alice")}} {
		roll.Now = func() time.Time { return noon.AddDate(0, 0, step.days) }
		if _, err := roll.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		named(step.name)
	}
	mine, err := usage.Reporter{Store: s, Veil: veil}.Rows(t.Context(), usage.Query{From: noon, To: noon, By: usage.ByDay, User: "alice"})
	if len(mine) != 1 || err != nil {
		t.Errorf("alice finds %+v, %v", mine, err)
	}
}

func TestOldUseIsForgotten(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	history(t, s)
	roll := usage.RollUp{
		Store: s, Policy: usage.Policy{Samples: 24 * time.Hour, Reports: 10 * 24 * time.Hour},
		Now: func() time.Time { return noon.AddDate(0, 0, 5) },
	}
	if _, err := roll.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(rows(t, s, usage.Query{By: usage.ByDay})) != 2 {
		t.Error("days were forgotten too early")
	}
	roll.Now = func() time.Time { return noon.AddDate(0, 0, 12) }
	if _, err := roll.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := rows(t, s, usage.Query{By: usage.ByDay}); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
	live, err := s.List(t.Context(), session.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range live {
		if minutes, err := s.Minutes(t.Context(), v.ID, time.Time{}, 10); len(minutes) > 0 || err != nil {
			t.Errorf("samples are left: %v", err)
		}
	}
}
