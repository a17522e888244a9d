package sql_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/usage"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

// fillUse writes so many sessions that have ended, one every twenty minutes
// (50,000 are two years), of 500 people, with their runs and what they used.
func fillUse(t testing.TB, conn *pgx.Conn, sessions int) {
	t.Helper()
	for _, statement := range []string{
		`insert into sessions (
			id, owner, name, app, cluster, queue, account, qos, nodes, cpus, memory, gpus, gpu_type, time_limit, state, attempt, version,
			job_id, job_state, job_native, job_reason, node, missing_polls, created_at, started_at, ready_at, ended_at,
			stop_reason, stopped_by, reason, detail, signal, owner_groups)
		select lpad(translate(to_hex(n), '0189', 'wxyz'), 16, 't'), 'user-' || n % 500, 's' || n, 'lab', 'main', 'gpu' || n % 4, 'acct-' || n % 50, '',
			1, 8, 1 << 30, n % 4, 'a100', interval '8 hours', 'Ended', 1, 1, n::text, 'COMPLETED', 'COMPLETED', '', 'c1', 0,
			at, at + interval '5 minutes', case when n % 20 > 0 then at + interval '6 minutes' end, at + n % 30 * interval '1 hour' + interval '10 minutes',
			'', '', case when n % 20 > 0 then 'finished' else 'start_timeout' end, '', 0, array['users', 'group-' || n % 40]
		from (select n, now() - interval '2 days' - n * interval '20 minutes' as at from generate_series(1, ` + strconv.Itoa(sessions) + `) as n) as x`,
		`insert into session_days select id, (started_at at time zone 'UTC')::date, 3000, 9000, 1000, 1800 from sessions`,
		`insert into session_usage (session_id, attempt, cpu, memory, memory_max, memory_peak, cpu_seconds, gpu_seconds)
		select id, 1, 0, 0, 0, 0, 0, 0 from sessions`,
		"vacuum analyze sessions", "vacuum analyze session_runs", "vacuum analyze session_days",
	} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

func lately() usage.Query {
	return usage.Query{From: time.Now().AddDate(0, 0, -30), To: time.Now(), By: usage.ByUser}
}

// The latest days come by an index out of the runs of years.
func TestReportsOnFewDaysReadFewRows(t *testing.T) {
	t.Parallel()
	url := sqltest.URL(t)
	conn := connect(t, url)
	fillUse(t, conn, 10_000)
	s := open(t, url)
	before, err := usage.Reporter{Store: s}.Report(t.Context(), lately())
	if err != nil || len(before.Rows) == 0 || len(before.Waits) != 4 || len(before.Failures) != 1 {
		t.Fatalf("%+v, %v", before, err)
	}
	if _, err := (usage.RollUp{Store: s, Now: time.Now}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "vacuum analyze usage_days"); err != nil {
		t.Fatal(err)
	}
	after, err := usage.Reporter{Store: s}.Report(t.Context(), lately())
	if err != nil {
		t.Fatal(err)
	}
	if d := after.Total.GPUHeld - before.Total.GPUHeld; d > 1e-6 || d < -1e-6 {
		t.Errorf("%g GPU-hours before the roll-up and %g after it", before.Total.GPUHeld, after.Total.GPUHeld)
	}
	// What plans are inside functions is seen by what they have used.
	for _, query := range []string{
		"select count(*) from usage_of((now() - interval '2 days')::date, now()::date)",
		"select count(*) from usage_between((now() - interval '30 days')::date, now()::date, '{}')",
	} {
		if _, err := conn.Exec(t.Context(), query); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), "select pg_stat_force_next_flush()"); err != nil {
			t.Fatal(err)
		}
	}
	for _, index := range []string{"session_runs_by_end", "sessions_by_end", "usage_days_pkey"} {
		until(t, index+" is used", func() bool {
			var n int64
			err := conn.QueryRow(t.Context(), "select idx_scan from pg_stat_user_indexes where indexrelname = $1", index).Scan(&n)
			if err != nil {
				t.Fatal(err)
			}
			return n > 0
		})
	}
}

func BenchmarkReport(b *testing.B) {
	url := sqltest.URL(b)
	conn := connect(b, url)
	fillUse(b, conn, 50_000)
	s, err := sql.New(b.Context(), sql.Config{URL: url})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	report := func(days int) func(*testing.B) {
		return func(b *testing.B) {
			for b.Loop() {
				_, err := usage.Reporter{Store: s}.Report(b.Context(), usage.Query{From: time.Now().AddDate(0, 0, -days), To: time.Now(), By: usage.ByUser})
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	b.Run("rows/30days", report(30))
	b.Run("rows/2years", report(730))
	if _, err := (usage.RollUp{Store: s, Now: time.Now}).Run(b.Context()); err != nil {
		b.Fatal(err)
	}
	if _, err := conn.Exec(b.Context(), "vacuum analyze usage_days"); err != nil {
		b.Fatal(err)
	}
	b.Run("days/30days", report(30))
	b.Run("days/2years", report(730))
}

func BenchmarkAddMinutes(b *testing.B) {
	url := sqltest.URL(b)
	conn := connect(b, url)
	fill(b, conn, 1000)
	s, err := sql.New(b.Context(), sql.Config{URL: url})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	live, err := s.List(b.Context(), session.Filter{Live: true})
	if err != nil {
		b.Fatal(err)
	}
	minutes := make([]usage.Minute, len(live))
	for i, v := range live {
		minutes[i] = minute(v)
	}
	at := time.Now()
	for b.Loop() {
		at = at.Add(time.Minute)
		if err := s.AddMinutes(b.Context(), at, minutes); err != nil {
			b.Fatal(err)
		}
	}
}
