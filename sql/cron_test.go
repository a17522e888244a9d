package sql_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/cron"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

func lock(t *testing.T, s *sql.Store, job string) (release func(), got bool) {
	t.Helper()
	release, got, err := s.LockCron(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	return release, got
}

func runsOf(t *testing.T, s *sql.Store, job string) []cron.Run {
	t.Helper()
	runs, err := s.CronRuns(t.Context(), sql.CronFilter{Job: job})
	if err != nil {
		t.Fatal(err)
	}
	return runs
}

func TestARunIsKept(t *testing.T) {
	t.Parallel()
	s := open(t, sqltest.URL(t))
	asked := admin.Actor{Name: "carol", Address: "192.0.2.7"}.Did("cron.run", "purge", "")
	if err := s.AskCron(t.Context(), "purge", asked); err != nil {
		t.Fatal(err)
	}
	requests, err := s.AskedCron(t.Context())
	if err != nil || len(requests) != 1 || requests[0].Job != "purge" || requests[0].By != "carol" {
		t.Fatalf("asked for: %v, %v", requests, err)
	}
	run := cron.Run{Job: "purge", Replica: "a", Due: noon, Started: noon.Add(time.Second), Outcome: cron.Running}
	begun, err := s.BeginCron(t.Context(), run)
	if err != nil || begun.ID == 0 || begun.AskedBy != "carol" {
		t.Fatalf("%+v, %v", begun, err)
	}
	standings, err := s.StandingsCron(t.Context())
	if err != nil || standings["purge"].Now.ID != begun.ID || standings["purge"].Last.Job != "" {
		t.Errorf("under way: %+v, %v", standings, err)
	}
	begun.Finished, begun.Outcome, begun.Detail = noon.Add(time.Minute), cron.OK, "3 rows"
	want := cron.Standing{Last: begun, SpecThen: "@daily", LastOK: begun.Finished, Failures: 0, Next: noon.Add(24 * time.Hour)}
	if err := s.EndCron(t.Context(), begun, want); err != nil {
		t.Fatal(err)
	}
	standings, err = s.StandingsCron(t.Context())
	if diff := cmp.Diff(map[string]cron.Standing{"purge": want}, standings); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if diff := cmp.Diff([]cron.Run{begun}, runsOf(t, s, "purge")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if requests, err := s.AskedCron(t.Context()); len(requests) != 0 || err != nil {
		t.Errorf("still asked for: %v, %v", requests, err)
	}
	log, err := s.AuditLog(t.Context(), admin.AuditFilter{Target: "purge"})
	if err != nil || len(log) != 1 || log[0].By != "carol" || log[0].Action != "cron.run" || log[0].Address != "192.0.2.7" {
		t.Errorf("audited: %+v, %v", log, err)
	}
}

func TestAGapIsKept(t *testing.T) {
	t.Parallel()
	s := open(t, sqltest.URL(t))
	gap := cron.Run{Job: "purge", Replica: "a", Due: noon, Started: noon, Finished: noon.Add(time.Hour), Outcome: cron.Missed, Detail: "due 5 times"}
	if err := s.MissCron(t.Context(), gap); err != nil {
		t.Fatal(err)
	}
	got := runsOf(t, s, "")
	if len(got) != 1 {
		t.Fatal(got)
	}
	gap.ID = got[0].ID
	if diff := cmp.Diff(gap, got[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAJobsLockIsOneProcesss(t *testing.T) {
	t.Parallel()
	url := sqltest.URL(t)
	one, two := open(t, url), open(t, url)
	release, got := lock(t, one, "purge")
	if !got {
		t.Fatal("nobody has it, and it cannot be had")
	}
	if _, got := lock(t, two, "purge"); got {
		t.Error("two have it")
	}
	other, got := lock(t, two, "expire")
	if !got {
		t.Error("another job's lock cannot be had")
	}
	begun, err := one.BeginCron(t.Context(), cron.Run{Job: "purge", Due: noon, Started: noon, Outcome: cron.Running})
	if err != nil {
		t.Fatal(err)
	}
	if _, got := lock(t, two, "purge"); got || runsOf(t, two, "purge")[0].Outcome != cron.Running {
		t.Error("who does not get the lock has no say in the run")
	}
	release()
	release, got = lock(t, two, "purge")
	if !got {
		t.Fatal("it is not free")
	}
	runs := runsOf(t, two, "purge")
	if len(runs) != 1 || runs[0].ID != begun.ID || runs[0].Outcome != cron.CutOff || runs[0].Finished.IsZero() {
		t.Errorf("a run that never ended: %+v", runs)
	}
	release()
	other()
}

func TestALostConnectionFreesTheLock(t *testing.T) {
	t.Parallel()
	url := sqltest.URL(t)
	one, two := open(t, url), open(t, url)
	release, got := lock(t, one, "purge")
	if !got {
		t.Fatal("not free")
	}
	killAll(t, url)
	until(t, "the lock is free", func() bool {
		release, got, err := two.LockCron(t.Context(), "purge")
		if err == nil && got {
			release()
		}
		return err == nil && got
	})
	release() // of what is long gone
	until(t, "the first can have it again", func() bool {
		release, got, err := one.LockCron(t.Context(), "purge")
		if err == nil && got {
			release()
		}
		return err == nil && got
	})
}

// Two gateways: whichever leads runs the job; when it dies the other goes on,
// and hears what people ask for.
func TestTheNextLeaderGoesOn(t *testing.T) {
	t.Parallel()
	url := sqltest.URL(t)
	began := make(chan string, 100)
	gateway := func(name string) (*sql.Store, *cron.Runner, func()) {
		s := open(t, url)
		r, err := cron.New(cron.Config{
			Jobs: []cron.Job{
				{Name: "tick", Spec: "@every 100ms", AtOnce: true, Often: true, Run: func(context.Context) (string, error) {
					began <- name
					return "", nil
				}},
				{Name: "stuck", Spec: "off", Run: func(ctx context.Context) (string, error) {
					began <- "stuck " + name
					<-ctx.Done()
					return "", ctx.Err()
				}},
			},
			Store: s, Zone: time.UTC, Replica: name, Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		led, heard := make(chan struct{}), make(chan struct{})
		go func() { defer close(led); s.RunLeader(ctx, "jobs", r.Lead) }()
		go func() {
			defer close(heard)
			s.Listen(ctx, func(n sql.Notice) {
				if n.Kind == sql.CronAsked || n.Kind == sql.Resync {
					r.Asked(n.ID)
				}
			})
		}()
		end := func() { cancel(); <-led; <-heard }
		t.Cleanup(end)
		return s, r, end
	}
	next := func(want string) {
		t.Helper()
		until(t, want, func() bool { return receive(t, want, began) == want })
	}
	_, _, kill := gateway("a")
	next("a")
	second, _, _ := gateway("b")
	if err := second.AskCron(t.Context(), "stuck", admin.Entry{By: "carol", Action: "cron.run", Target: "stuck"}); err != nil {
		t.Fatal(err)
	}
	next("stuck a")
	kill()
	next("b")
	until(t, "the run is cut off", func() bool {
		runs := runsOf(t, second, "stuck")
		return len(runs) == 1 && runs[0].Outcome == cron.CutOff && runs[0].AskedBy == "carol" && runs[0].Replica == "a"
	})
	standings, err := second.StandingsCron(t.Context())
	if err != nil || standings["tick"].Last.Outcome != cron.OK || len(runsOf(t, second, "tick")) != 0 {
		t.Errorf("%+v, %v", standings, err)
	}
}
