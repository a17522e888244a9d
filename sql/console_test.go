package sql_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

// crowd fills a database with what a large site has after some years: 50,000
// sessions (500 of them live), people and entries of the audit log.
func crowd(tb testing.TB) *sql.Store {
	tb.Helper()
	url := sqltest.URL(tb)
	s, err := sql.New(tb.Context(), sql.Config{URL: url})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	conn, err := pgx.Connect(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = conn.Close(tb.Context()) }()
	for _, fill := range []string{
		`insert into users (name, display_name, mail, groups, admin, last_login_at)
		select 'user' || i, 'Person ' || i || ' of ' || (array['Oslo', 'Lund', 'Bergen'])[1 + i % 3], 'p' || i || '@example.org',
			array['all', 'group' || i % 200], i = 1, now() - i * interval '1 minute' from generate_series(1, 50000) as i`,
		`insert into logins (id, hash, user_name, created_at, last_seen_at, expires_at, ip, user_agent)
		select 'l' || i, sha256(i::text::bytea), 'user' || i, now(), now(), now() + interval '1 day', '192.0.2.1', 'test'
		from generate_series(1, 2000) as i`,
		`insert into sessions (id, owner, name, app, cluster, queue, account, qos, nodes, cpus, memory, gpus, gpu_type, time_limit,
			state, attempt, version, job_id, job_state, job_native, job_reason, node, missing_polls, created_at, started_at, ended_at,
			stop_reason, stopped_by, reason, detail, signal, owner_groups)
		select translate(lpad(to_hex(i), 16, '0'), '0189', 'ghij'), 'user' || 1 + i % 3000, 'lab-' || i % 40, 'lab', (array['nova', 'moon'])[1 + i % 2],
			(array['gpu', 'cpu', 'debug'])[1 + i % 3], 'acc' || i % 50, '', 1, 2, 1 << 30, i % 3, 'a100', interval '4 hours',
			case when live then 'Ready' else 'Ended' end, 1, 1, (100000 + i)::text, '', '', '', 'n' || i % 300, 0,
			at, at, case when live then null else at + interval '2 hours' end,
			'', '', case when live then '' when i % 9 = 0 then 'failed' else 'finished' end, '', 0, array['all', 'group' || i % 200]
		from (select i, i > 49500 as live, now() - (50001 - i) * interval '7 minutes' as at from generate_series(1, 50000) as i) as made`,
		`insert into audit_log (at, by, action, target, detail, address)
		select now() - (50001 - i) * interval '5 minutes', 'admin' || i % 20, (array['session.stop', 'limit.set', 'user.signout'])[1 + i % 3],
			'target' || i % 5000, 'detail ' || i, '192.0.2.1' from generate_series(1, 50000) as i`,
		`vacuum analyze`,
	} {
		if _, err := conn.Exec(tb.Context(), fill); err != nil {
			tb.Fatal(err)
		}
	}
	return s
}

// lists is every list that an admin can ask for, with every choice that its
// filter offers and some of them together.
func lists(tb testing.TB, s *sql.Store) map[string]func() (int, error) {
	ctx := tb.Context()
	all := map[string]func() (int, error){}
	late := admin.SessionMark{At: time.Now().Add(-1000 * time.Hour), ID: "aaaaaaaaaaaaaaaa"}
	for name, f := range map[string]admin.SessionFilter{
		"all": {}, "live": {State: admin.Live}, "waiting": {State: admin.Waiting}, "failed": {State: admin.Failed},
		"ready": {State: string(session.Ready)}, "ended": {State: string(session.Ended)}, "stopping": {State: string(session.Stopping)},
		"owner": {Owner: "user7"}, "owner, live": {State: admin.Live, Owner: "user1700"}, "owner, failed": {State: admin.Failed, Owner: "user10"},
		"cluster": {Cluster: "moon"}, "queue": {Queue: "debug"}, "cluster and queue": {Cluster: "nova", Queue: "gpu"},
		"node": {Node: "n17"}, "node, live": {Node: "n17", State: admin.Live}, "nobody": {Owner: "nobody"}, "no such queue": {Queue: "none"},
		"text": {Text: "149999"}, "words": {Text: "lab 7 user17"}, "text, live": {Text: "user1700", State: admin.Live}, "text of all": {Text: "lab"},
		"no word": {Text: "--"}, "everything": {State: admin.Failed, Owner: "user9", Cluster: "nova", Queue: "gpu", Node: "n8", Text: "lab"},
	} {
		for place, after := range map[string]admin.SessionMark{"first page": {}, "a later page": late} {
			f := f
			f.After, f.Limit = after, 51
			all["sessions: "+name+", "+place] = func() (int, error) { rows, err := s.FindSessions(ctx, f); return len(rows), err }
		}
	}
	for name, f := range map[string]admin.PersonFilter{
		"all": {}, "text": {Text: "user123"}, "two words": {Text: "person lund"}, "mail": {Text: "p77 example"}, "group": {Group: "group7"},
		"text in group": {Text: "user1", Group: "group7"}, "later": {After: "user30000"}, "text, later": {Text: "person", After: "user4"},
	} {
		f.Limit = 51
		all["people: "+name] = func() (int, error) { rows, err := s.FindUsers(ctx, f); return len(rows), err }
	}
	for name, f := range map[string]admin.GroupFilter{"all": {}, "begins": {Name: "group1"}, "later": {After: "group5"}} {
		f.Limit = 51
		all["groups: "+name] = func() (int, error) { rows, err := s.FindGroups(ctx, f); return len(rows), err }
	}
	day := time.Now().Add(-200 * time.Hour)
	for name, f := range map[string]admin.AuditFilter{
		"all": {}, "by": {By: "admin7"}, "action": {Action: "limit.set"}, "target": {Target: "target44"}, "later": {Before: 20000},
		"since": {Since: day}, "a day": {Since: day, Until: day.Add(24 * time.Hour)}, "long ago": {Until: time.Now().Add(-4000 * time.Hour)},
		"by, action and day": {By: "admin7", Action: "limit.set", Since: day}, "nobody": {By: "nobody"},
	} {
		f.Limit = 51
		all["audit: "+name] = func() (int, error) { rows, err := s.AuditLog(ctx, f); return len(rows), err }
	}
	return all
}

// Every list stays with its indexes at 50,000 rows: no plan reads a table from
// one end to the other.
func TestListsUseIndexes(t *testing.T) {
	t.Parallel()
	var seen []sql.Explained
	s := crowd(t)
	s.Explain(&seen)
	empty := map[string]bool{
		"sessions: nobody": true, "sessions: no such queue": true, "sessions: no word": true, "sessions: waiting": true,
		"sessions: stopping": true, "sessions: live, a later page": true, "audit: nobody": true,
	}
	for name, ask := range lists(t, s) {
		seen = nil
		n, err := ask()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		alone := strings.TrimSuffix(strings.TrimSuffix(name, ", first page"), ", a later page")
		if n == 0 && !empty[alone] && !strings.HasSuffix(name, "a later page") && !strings.Contains(name, "everything") {
			t.Errorf("%s: nothing found", name)
		}
		for _, e := range seen {
			for _, table := range []string{"sessions", "users", "audit_log"} {
				if strings.Contains(e.Plan, "Seq Scan on "+table) {
					t.Errorf("%s reads all of %s:\n%s", name, table, e.Plan)
				}
			}
		}
		if len(seen) == 0 {
			t.Errorf("%s: no plan was seen", name)
		}
	}
}

// BenchmarkLists measures the same lists.
func BenchmarkLists(b *testing.B) {
	s := crowd(b)
	for name, ask := range lists(b, s) {
		b.Run(strings.ReplaceAll(name, " ", "_"), func(b *testing.B) {
			for b.Loop() {
				if _, err := ask(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Pages of a list have every row once, in order, whatever comes between them.
func TestPagesOfSessions(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	const all = 23
	for i := range all {
		v := asked("alice", fmt.Sprint("lab-", i))
		v.CreatedAt = noon.Add(time.Duration(i/3) * time.Minute) // three of each moment
		if _, err := s.Create(t.Context(), v, requested, anything); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[session.ID]bool{}
	var mark admin.SessionMark
	for {
		page, err := s.FindSessions(t.Context(), admin.SessionFilter{After: mark, Limit: 5})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range page {
			if seen[v.ID] || (mark.ID != "" && v.CreatedAt.After(mark.At)) {
				t.Fatalf("%s comes twice or too late", v.Name)
			}
			seen[v.ID], mark = true, admin.MarkOf(v)
		}
		if len(page) < 5 {
			break
		}
		if len(seen) == 10 { // somebody launches one meanwhile
			v := asked("bob", "new")
			v.CreatedAt = noon.Add(time.Hour)
			if _, err := s.Create(t.Context(), v, requested, anything); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(seen) != all {
		t.Errorf("%d of %d", len(seen), all)
	}
}

// What is searched for is the beginning of words, never a pattern.
func TestSearchWords(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	v := asked("anna-lena", "protein-folding")
	v.JobID, v.Node = "4711.pbs", "gpu-07"
	if _, err := s.Create(t.Context(), v, requested, anything); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{
		"prot": 1, "FOLD": 1, "4711": 1, "gpu-07": 1, "lena prot": 1, "otein": 0, "prot bob": 0, "%": 0, "'": 0, "p' | 'x": 0, ":*": 0,
		`\`: 0, "pro:*": 1, "((((": 0, strings.Repeat("x ", 5000): 0, "ä": 0,
	} {
		found, err := s.FindSessions(t.Context(), admin.SessionFilter{Text: text})
		if err != nil || len(found) != want {
			t.Errorf("%.20q: %d found, want %d (%v)", text, len(found), want, err)
		}
	}
}
