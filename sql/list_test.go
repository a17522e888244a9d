package sql_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

func names(t *testing.T, s *sql.Store, f session.Filter) []string {
	t.Helper()
	list, err := s.List(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, v := range list {
		out = append(out, v.Owner+"/"+v.Name)
	}
	return out
}

func TestListFilters(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	for i, v := range []struct {
		owner, name, cluster string
		over                 bool
	}{
		{"alice", "a1", "main", true},
		{"bob", "b1", "main", false},
		{"alice", "a2", "other", false},
		{"alice", "a3", "main", false},
		{"bob", "b2", "other", true},
	} {
		want := asked(v.owner, v.name)
		want.Cluster, want.CreatedAt = v.cluster, noon.Add(time.Duration(i)*time.Minute)
		made := create(t, s, want)
		if v.over {
			end(t, s, made, noon.Add(time.Hour))
		}
	}
	for _, c := range []struct {
		filter session.Filter
		want   string
	}{
		{session.Filter{}, "bob/b2 alice/a3 alice/a2 bob/b1 alice/a1"},
		{session.Filter{Limit: 2}, "bob/b2 alice/a3"},
		{session.Filter{Owner: "alice"}, "alice/a3 alice/a2 alice/a1"},
		{session.Filter{Owner: "alice", Limit: 1}, "alice/a3"},
		{session.Filter{Owner: "alice", Cluster: "main"}, "alice/a3 alice/a1"},
		{session.Filter{Cluster: "other"}, "bob/b2 alice/a2"},
		{session.Filter{Live: true}, "alice/a3 alice/a2 bob/b1"},
		{session.Filter{Live: true, Limit: 2}, "alice/a3 alice/a2"},
		{session.Filter{Live: true, Cluster: "main"}, "alice/a3 bob/b1"},
		{session.Filter{Live: true, Owner: "alice"}, "alice/a3 alice/a2"},
		{session.Filter{Live: true, Owner: "alice", Cluster: "main", Limit: 5}, "alice/a3"},
		{session.Filter{Owner: "nobody"}, ""},
		{session.Filter{Owner: "nobody", Live: true}, ""},
	} {
		if d := cmp.Diff(c.want, strings.Join(names(t, s, c.filter), " ")); d != "" {
			t.Errorf("%+v (-want +got):\n%s", c.filter, d)
		}
	}
}

// fill writes so many sessions, every tenth of them live, past the store.
func fill(t testing.TB, conn *pgx.Conn, live int) {
	t.Helper()
	_, err := conn.Exec(t.Context(), `
		insert into sessions
		select lpad(translate(to_hex(n), '0189', 'wxyz'), 16, 't'), 'user-' || n % 500, 's' || n, 'lab', 'main', 'gpu', '', '',
			1, 4, 1 << 30, 1, 'a100', interval '8 hours',
			case when n % 10 = 0 then 'Ready' else 'Ended' end, 1, 1,
			n::text, 'RUNNING', 'R', '', 'c1', null, null, 0, null, null, sha256('x'),
			now() - n * interval '1 minute', null, null, null, case when n % 10 = 0 then null else now() end,
			'', '', case when n % 10 = 0 then '' else 'finished' end, '', null, 0, array['group-' || n % 70]
		from generate_series(1, $1::int) as n`, live*10)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "vacuum analyze sessions"); err != nil {
		t.Fatal(err)
	}
}

func TestTenThousandLiveSessionsAreOneQuery(t *testing.T) {
	t.Parallel()
	url := sqltest.URL(t)
	conn := connect(t, url)
	fill(t, conn, 10_000)
	list, err := open(t, url).List(t.Context(), session.Filter{Live: true})
	if err != nil || len(list) != 10_000 {
		t.Fatalf("%d sessions, %v", len(list), err)
	}
	for i := 1; i < len(list); i++ {
		if list[i].CreatedAt.After(list[i-1].CreatedAt) {
			t.Fatal("not newest first")
		}
	}
}

// queryText reads a query's text out of query/*.sql.
func queryText(t *testing.T, file, name string) string {
	t.Helper()
	m := regexp.MustCompile(`(?s)-- name: ` + name + ` :\w+\n(.*?);`).FindStringSubmatch(file)
	if m == nil {
		t.Fatalf("there is no query %s", name)
	}
	return m[1]
}

func TestQueriesUseTheirIndex(t *testing.T) {
	t.Parallel()
	url := sqltest.URL(t)
	conn := connect(t, url)
	fill(t, conn, 3_000)
	file := readFile(t, "query/session.sql") + readFile(t, "query/session_list.sql") + readFile(t, "query/purge.sql") + readFile(t, "query/limit.sql")
	for _, c := range []struct {
		query, index string
		args         [][2]string // name and value, in any order
	}{
		{"Session", "sessions_pkey", [][2]string{{"id", "'tttttttttttttttt'"}}},
		{"SessionAtPath", "sessions_at_path", [][2]string{{"owner", "'user-7'"}, {"name", "'s7'"}}},
		{"LiveNames", "sessions_live_name", [][2]string{{"owner", "'user-10'"}}},
		{"HeldByOwner", "sessions_live_name", [][2]string{{"owner", "'user-10'"}}},
		{"HeldByGroup", "sessions_live_groups", [][2]string{{"name", "'group-7'"}}},
		{"SpentByOwner", "sessions_gpu_time", [][2]string{
			{"owner", "'user-7'"}, {"earliest", "now()"}, {"day", "now()"}, {"week", "now()"}, {"month", "now()"},
		}},
		{"SpentByGroup", "sessions_by_end|sessions_gpu_time", [][2]string{
			{"name", "'group-7'"}, {"earliest", "now()"}, {"day", "now()"}, {"week", "now()"}, {"month", "now()"},
		}},
		{"LiveSessions", "sessions_live", [][2]string{{"cluster", "''"}, {"most", "100"}}},
		{"LiveSessionsOf", "sessions_live_name", [][2]string{{"owner", "'user-10'"}, {"cluster", "''"}, {"most", "null"}}},
		{"RecentSessions", "sessions_created", [][2]string{{"cluster", "''"}, {"most", "100"}}},
		{"RecentSessionsOf", "sessions_of_owner", [][2]string{{"owner", "'user-7'"}, {"cluster", "''"}, {"most", "20"}}},
		{"PurgeSessions", "sessions_by_end", [][2]string{{"before", "'2020-01-01'"}, {"most", "50"}}},
	} {
		text, values := queryText(t, file, c.query), []string{}
		for i, arg := range c.args {
			param := fmt.Sprintf("$%d", i+1)
			text = strings.NewReplacer("sqlc.narg('"+arg[0]+"')", param, "@"+arg[0], param).Replace(text)
			values = append(values, arg[1])
		}
		if _, err := conn.Exec(t.Context(), "prepare "+c.query+" as "+text); err != nil {
			t.Fatalf("%s: %v", c.query, err)
		}
		// A prepared statement is planned for its values, or once for any.
		for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
			if _, err := conn.Exec(t.Context(), "set plan_cache_mode = "+mode); err != nil {
				t.Fatal(err)
			}
			plan := explain(t, conn, "execute "+c.query+"("+strings.Join(values, ", ")+")")
			if !regexp.MustCompile(`\b(`+c.index+`)\b`).MatchString(plan) || strings.Contains(plan, "Seq Scan on sessions") {
				t.Errorf("%s (%s) does not use %s:\n%s", c.query, mode, c.index, plan)
			}
		}
	}
}

func explain(t *testing.T, conn *pgx.Conn, statement string) string {
	t.Helper()
	rows, err := conn.Query(t.Context(), "explain "+statement, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return strings.Join(plan, "\n")
}

func BenchmarkLive(b *testing.B) {
	url := sqltest.URL(b)
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			conn, err := pgx.Connect(b.Context(), url)
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = conn.Close(b.Context()) }()
			if _, err := conn.Exec(b.Context(), "delete from sessions"); err != nil {
				b.Fatal(err)
			}
			fill(b, conn, n)
			s, err := sql.New(b.Context(), sql.Config{URL: url})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			for b.Loop() {
				if list, err := s.List(b.Context(), session.Filter{Live: true}); err != nil || len(list) != n {
					b.Fatal(len(list), err)
				}
			}
		})
	}
}
