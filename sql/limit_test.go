package sql_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

// of is a session of somebody in groups.
func of(owner string, groups ...string) session.Session {
	v := asked(owner, "lab")
	v.OwnerGroups = groups
	return v
}

func group(name string) limit.Who { return limit.Who{Kind: limit.Group, Name: name} }

// ran is a session that has run for so long until an end.
func ran(t *testing.T, s *sql.Store, v session.Session, span time.Duration, until time.Time) {
	t.Helper()
	v.Name, v.ID = string(session.NewID()), session.NewID()
	v = create(t, s, v)
	v.State, v.StartedAt = session.Ready, until.Add(-span)
	end(t, s, change(t, s, v, session.Evidence{}), until)
}

func TestUsageIsCountedFromRows(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	create(t, s, of("alice", "ml", "physics"))
	running := of("alice", "ml")
	running.Name = "running"
	running = create(t, s, running)
	running.State, running.StartedAt = session.Starting, noon.Add(-time.Hour)
	change(t, s, running, session.Evidence{})
	create(t, s, of("bob", "ml"))
	create(t, s, of("carol", "biology"))
	// 2026-03-14 is a Saturday: the week began on the 9th.
	ran(t, s, of("alice", "ml"), time.Hour, noon.Add(-30*time.Minute))                            // today
	ran(t, s, of("alice", "ml"), 2*time.Hour, noon.AddDate(0, 0, -2))                             // this week
	ran(t, s, of("alice", "ml"), 4*time.Hour, noon.AddDate(0, 0, -10))                            // this month
	ran(t, s, of("alice", "ml"), 8*time.Hour, noon.AddDate(0, -1, 0))                             // before
	ran(t, s, of("bob", "ml"), 16*time.Hour, time.Date(2026, 3, 14, 8, 0, 0, 0, noon.Location())) // since yesterday
	never := of("alice", "ml")
	never.Name = "never"
	end(t, s, create(t, s, never), noon.Add(-time.Minute)) // it never ran

	who := []limit.Who{{Kind: limit.Everyone}, group("ml"), group("nobody")}
	used, err := s.LimitUsage(t.Context(), "alice", limit.Counting{Together: who, GPUTime: true}, noon)
	if err != nil {
		t.Fatal(err)
	}
	r := batch.Resources{CPUs: 4, Memory: 8 * batch.GiB, GPUs: 1, GPUType: "a100"}
	waits := limit.Held{Cluster: "main", Queue: "gpu", Waiting: true, Resources: r, TimeLimit: batch.Duration(8 * time.Hour)}
	runs := waits
	runs.Waiting, runs.StartedAt = false, noon.Add(-time.Hour)
	const hour = 3600
	spent := func(day, week, month int64) []limit.Spent {
		return []limit.Spent{{Cluster: "main", Queue: "gpu", GPUType: "a100", Day: day * hour, Week: week * hour, Month: month * hour}}
	}
	want := limit.Usage{
		At: noon, Own: limit.Account{Held: []limit.Held{waits, runs}, Spent: spent(1, 3, 7)},
		Together: map[limit.Who]limit.Account{
			who[0]: {Held: []limit.Held{waits, waits, waits, runs}, Spent: spent(9, 19, 23)},
			who[1]: {Held: []limit.Held{waits, waits, runs}, Spent: spent(9, 19, 23)},
			who[2]: {},
		},
	}
	byWaiting := cmpopts.SortSlices(func(a, b limit.Held) bool { return a.Waiting && !b.Waiting })
	if d := cmp.Diff(want, used, byWaiting, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if used, err = s.LimitUsage(t.Context(), "alice", limit.Counting{}, noon); err != nil || len(used.Own.Spent) != 0 || len(used.Together) != 0 {
		t.Errorf("what nobody asked for is counted: %+v, %v", used, err)
	}
}

func TestOnlyTheRulesOfThePersonAreRead(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	rules := set(t, s,
		limit.Rule{Field: limit.GPUs, Value: 2, Note: "for all"},
		limit.Rule{Who: group("ml"), Field: limit.GPUs, Value: 8, Together: true, Scope: limit.Scope{Cluster: "main", Queue: "gpu"}},
		limit.Rule{Who: limit.Who{Kind: limit.User, Name: "alice"}, Field: limit.Apps, Apps: []string{"lab"}},
		limit.Rule{Who: limit.Who{Kind: limit.User, Name: "ml"}, Field: limit.GPUs, GPUType: "a100"},
		limit.Rule{Who: group("biology"), Field: limit.GPUs},
	)
	got, err := s.LimitsFor(t.Context(), limit.Subject{User: "alice", Groups: []string{"ml", "physics"}}, noon)
	byID := cmpopts.SortSlices(func(a, b limit.Rule) bool { return a.ID < b.ID })
	if d := cmp.Diff(rules[:3], got.Rules, byID); d != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, d)
	}
	if got, err = s.LimitsFor(t.Context(), limit.Subject{User: "carol"}, noon); err != nil || len(got.Rules) != 1 {
		t.Errorf("carol: %+v, %v", got, err)
	}
	all, err := s.Limits(t.Context())
	if d := cmp.Diff(rules, all, byID); d != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, d)
	}
}

func TestChangesOfLimitsAreAllOrNothing(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	rules := set(t, s, limit.Rule{Field: limit.GPUs, Value: 2}, limit.Rule{Field: limit.CPUs, Value: 9})
	entry := func(text string) []admin.Entry {
		return []admin.Entry{{By: "carol", Action: "limit.set", Detail: text}}
	}
	more := rules[0]
	more.Value, more.SetAt = 4, noon.Add(time.Second)
	if err := s.ChangeLimits(t.Context(), []limit.Change{{Old: &rules[0], New: &more}, {Old: &rules[1]}}, entry("both")); err != nil {
		t.Fatal(err)
	}
	fresh := limit.Rule{ID: limit.NewID(), Who: limit.Who{Kind: limit.Everyone}, Field: limit.Sessions, SetAt: noon}
	for what, changes := range map[string][]limit.Change{
		"an old version": {{New: &fresh}, {Old: &rules[0], New: &more}},
		"a deleted one":  {{New: &fresh}, {Old: &rules[1]}},
		"the same key":   {{New: &fresh}, {New: &limit.Rule{ID: limit.NewID(), Who: more.Who, Field: more.Field, SetAt: noon}}},
	} {
		if err := s.ChangeLimits(t.Context(), changes, entry(what)); !errors.Is(err, limit.ErrMoved) {
			t.Errorf("%s: %v", what, err)
		}
	}
	all, err := s.Limits(t.Context())
	if d := cmp.Diff([]limit.Rule{more}, all); d != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, d)
	}
	log, err := s.AuditLog(t.Context(), admin.AuditFilter{})
	if err != nil || len(log) != 3 || log[0].Detail != "both" {
		t.Errorf("the audit log: %+v, %v", log, err)
	}
}

// TestABrokenRuleRefuses: what somebody has written past us does not open the
// door.
func TestABrokenRuleRefuses(t *testing.T) {
	t.Parallel()
	url := sqltest.URL(t)
	s, conn := open(t, url), connect(t, url)
	_, err := conn.Exec(t.Context(), `insert into limits (id, cluster, queue, subject, name, together, field, gpu_type, value, note, set_by, set_at)
		values ('aaaaaaaaaaaaaaaa', '', '', 'everyone', '', false, 'gpuz', '', 1000, '', 'carol', now())`)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Create(t.Context(), asked("alice", "lab"), requested, admission(asked("alice", "lab")))
	if !errors.Is(err, limit.ErrUnreadable) {
		t.Errorf("%v", err)
	}
	if live, err := s.List(t.Context(), session.Filter{Live: true}); len(live) != 0 || err != nil {
		t.Errorf("%d sessions, %v", len(live), err)
	}
}

func TestMaintenanceIsKept(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	w := limit.Window{
		ID: limit.NewID(), Scope: limit.Scope{Cluster: "main"}, From: noon.Add(time.Hour), Until: noon.Add(9 * time.Hour),
		Text: "new disks", SetBy: "carol", SetAt: noon,
	}
	entry := admin.Entry{By: "carol", Action: "maintenance.add", Target: w.ID}
	if err := s.AddMaintenance(t.Context(), w, entry); err != nil {
		t.Fatal(err)
	}
	late := asked("alice", "lab") // eight hours
	var denied *limit.Denied
	if _, err := s.Create(t.Context(), late, requested, admission(late)); !errors.As(err, &denied) || denied.Rule != w.ID {
		t.Errorf("it would run into it: %v", err)
	}
	for _, c := range []struct {
		after time.Time
		want  []limit.Window
	}{{noon, []limit.Window{w}}, {w.Until, nil}, {time.Time{}, []limit.Window{w}}} {
		got, err := s.Maintenance(t.Context(), c.after)
		if d := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); d != "" || err != nil {
			t.Errorf("after %s: %v (-want +got)\n%s", c.after, err, d)
		}
	}
	if err := s.DeleteMaintenance(t.Context(), w.ID, entry); err != nil {
		t.Error(err)
	}
	if err := s.DeleteMaintenance(t.Context(), w.ID, entry); !errors.Is(err, limit.ErrNotFound) {
		t.Errorf("once more: %v", err)
	}
	if log, err := s.AuditLog(t.Context(), admin.AuditFilter{}); err != nil || len(log) != 2 {
		t.Errorf("%d entries, %v", len(log), err)
	}
	create(t, s, late)
}
