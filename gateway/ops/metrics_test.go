package ops_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway"
	"github.com/berth-hpc/berth/gateway/cron"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/ops"
	"github.com/berth-hpc/berth/gateway/reconcile"
	"github.com/berth-hpc/berth/gateway/session"
)

// scrape reads the metrics as Prometheus does.
func scrape(t *testing.T, m *ops.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	text, err := io.ReadAll(w.Result().Body)
	if w.Code != 200 || err != nil {
		t.Fatalf("%d %v: %s", w.Code, err, text)
	}
	return string(text)
}

// expect looks for lines.
func expect(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(text, "\n"+line+"\n") {
			name, _, _ := strings.Cut(line, "{")
			name, _, _ = strings.Cut(name, " ")
			t.Errorf("no line %q, but:\n%s", line, strings.Join(regexp.MustCompile("(?m)^"+name+".*$").FindAllString(text, -1), "\n"))
		}
	}
}

// busy is metrics to which everything has happened once.
func busy(t *testing.T) *ops.Metrics {
	t.Helper()
	m := ops.NewMetrics("1.2.3")
	m.Leading(true)
	m.Request(gateway.Seen{Route: "/sessions/:id", Method: "GET", Status: 200, Took: 3 * time.Millisecond})
	m.Request(gateway.Seen{Route: "/sessions/:id/live", Method: "GET", Status: 200, Took: time.Hour, Stream: true})
	m.Request(gateway.Seen{Route: "none", Method: "ALICE", Status: 404, Took: time.Millisecond})
	m.Request(gateway.Seen{App: true, Method: "GET", Status: 200, Bytes: 1000, Took: time.Millisecond})
	m.Request(gateway.Seen{App: true, Method: "GET", Status: 101, Took: time.Hour, Upgraded: true})
	m.SignIn("throttled")
	began := time.Now().Add(-time.Second)
	m.Ran(cron.Run{Job: "purge", Started: began, Finished: began.Add(time.Second), Outcome: cron.Failed})
	m.Compared(reconcile.Report{
		At: began, Sessions: 12, Missing: 2,
		Drift: []reconcile.Drift{{Kind: reconcile.DuplicateJob, Done: true}, {Kind: reconcile.JobWithoutRow}},
	})
	m.Command("main")("squeue", "timeout", 20*time.Second)
	m.Watch(source(func(context.Context) (ops.Census, error) {
		return ops.Census{
			Sessions: []ops.Group{
				{Cluster: "main", Queue: "gpu", App: "lab", State: "Ready", GPUType: "a100", Sessions: 2, GPUs: 4},
				{Cluster: "main", Queue: "gpu", App: "lab", State: "Ready", GPUType: "v100", Sessions: 1, GPUs: 1},
				{Cluster: "main", Queue: "gpu", App: "lab", State: "Queued", GPUType: "a100", Sessions: 5, GPUs: 5},
			},
			People: 40, Active: map[string]int{"24h": 3},
		}, nil
	}), slog.New(slog.DiscardHandler))
	return m
}

func source(census func(context.Context) (ops.Census, error)) ops.Source {
	return ops.Source{
		Board: func() []session.Standing {
			return []session.Standing{
				{Cluster: "main", At: time.Now(), Queues: []batch.Queue{{Name: "gpu", GPUs: []batch.GPU{
					{Type: "a100", Total: 8, Free: 3}, {Type: "a100", Total: 1, Free: 1},
				}}}},
				{Cluster: "old", At: time.Now(), DownSince: time.Now()},
				{Cluster: "new"},
			}
		},
		Edge:     func() gateway.Stats { return gateway.Stats{Streams: 7, Agents: 3, Parked: 6, Used: 2} },
		Replicas: func() int { return 2 },
		Pool:     func() ops.Pool { return ops.Pool{Used: 1, Idle: 3, Max: 16, Waits: 5} },
		Census:   census,
		Jobs: func(context.Context) ([]cron.Listed, error) {
			return []cron.Listed{
				{Job: cron.Job{Name: "purge"}, Standing: cron.Standing{LastOK: time.Unix(1000, 0), Failures: 2}},
				{Job: cron.Job{Name: "refresh-queues", Everywhere: true}},
			}, nil
		},
	}
}

func TestWhatHappensIsCounted(t *testing.T) {
	t.Parallel()
	expect(t, scrape(t, busy(t)),
		`berth_leader 1`,
		`berth_http_request_seconds_count{class="2xx",method="GET",route="/sessions/:id"} 1`,
		`berth_http_request_seconds_count{class="4xx",method="other",route="none"} 1`,
		`jupyterhub_request_duration_seconds_count{code="200",handler="/sessions/:id",method="GET"} 1`,
		`berth_proxy_requests_total{class="1xx",method="GET"} 1`,
		`berth_proxy_requests_total{class="2xx",method="GET"} 1`,
		`berth_proxy_response_bytes_total 1000`,
		`berth_sign_ins_total{outcome="throttled"} 1`,
		`berth_sign_ins_total{outcome="signed in"} 0`,
		`berth_cron_run_seconds_count{cron_job="purge",outcome="failed"} 1`,
		`berth_drift_total{kind="duplicate_job",repair="done"} 1`,
		`berth_drift_total{kind="job_without_row",repair="none"} 1`,
		`berth_drift_total{kind="wrong_state",repair="done"} 0`,
		`berth_reconcile_sessions 12`,
		`berth_reconcile_missing_jobs 2`,
		`berth_scheduler_command_seconds_count{cluster="main",command="squeue",outcome="timeout"} 1`,
	)
}

func TestTheStateOfThingsIsRead(t *testing.T) {
	t.Parallel()
	text := scrape(t, busy(t))
	expect(t, text,
		`berth_sessions{app="lab",cluster="main",queue="gpu",state="Ready"} 3`,
		`berth_sessions{app="lab",cluster="main",queue="gpu",state="Queued"} 5`,
		`berth_session_gpus{cluster="main",gpu_type="a100",queue="gpu"} 4`,
		`berth_session_gpus{cluster="main",gpu_type="v100",queue="gpu"} 1`,
		`berth_cluster_up{cluster="main"} 1`, `berth_cluster_up{cluster="old"} 0`, `berth_cluster_up{cluster="new"} 0`,
		`berth_cluster_gpus{cluster="main",gpu_type="a100",queue="gpu",state="free"} 3`,
		`berth_cron_last_success_timestamp_seconds{cron_job="purge"} 1000`, `berth_cron_failures_in_a_row{cron_job="purge"} 2`,
		`berth_database_up 1`, `berth_database_connections{state="max"} 16`, `berth_database_connection_waits_total 5`,
		`berth_replicas 2`, `berth_proxy_websockets 7`, `berth_tunnel_agents 3`, `berth_tunnel_connections{state="parked"} 6`,
		`jupyterhub_running_servers 3`, `jupyterhub_total_users 40`, `jupyterhub_active_users{period="24h"} 3`,
	)
	if strings.Contains(text, "refresh-queues") {
		t.Error("a job that every gateway has for itself has a standing of the whole installation")
	}
}

func TestScrapesShareAQuestion(t *testing.T) {
	t.Parallel()
	m, asked := ops.NewMetrics("x"), atomic.Int32{}
	m.Watch(source(func(context.Context) (ops.Census, error) { asked.Add(1); return ops.Census{}, nil }), slog.New(slog.DiscardHandler))
	for range 20 {
		scrape(t, m)
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestWithoutTheDatabaseTheRestIsThere(t *testing.T) {
	t.Parallel()
	m := ops.NewMetrics("x")
	m.Watch(source(func(context.Context) (ops.Census, error) {
		return ops.Census{}, errors.New("down")
	}), slog.New(slog.DiscardHandler))
	text := scrape(t, m)
	expect(t, text, `berth_database_up 0`, `berth_tunnel_agents 3`)
	if strings.Contains(text, "berth_sessions{") {
		t.Error("sessions are made up")
	}
}

// What Prometheus' own linter says of the names is what "promtool check metrics"
// says.
func TestNamesAreAsPrometheusWantsThem(t *testing.T) {
	t.Parallel()
	m := busy(t)
	live(t, m)
	text := scrape(t, m)
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	for _, row := range ops.Table() {
		if !strings.Contains(text, "# TYPE "+row.Name+" "+string(row.Kind)+"\n") {
			t.Errorf("%s is in the table, and no scrape has it", row.Name)
		}
	}
}

// store takes every change.
type store struct{ session.Store }

func (store) Create(_ context.Context, s session.Session, _ session.Evidence, _ limit.Admission) (session.Session, error) {
	return s, nil
}

func (store) Change(_ context.Context, s session.Session, _ session.Evidence) (session.Session, error) {
	return s, nil
}

// live is the life of one session, which waits 10 s, starts in 5 s and ends.
func live(t *testing.T, m *ops.Metrics) {
	t.Helper()
	watched, start := m.Sessions(store{}), time.Now()
	s := session.Session{Cluster: "main", Queue: "gpu", App: "lab", Attempt: 1, CreatedAt: start}
	if _, err := watched.Create(t.Context(), s, session.Evidence{}, limit.Admission{}); err != nil {
		t.Fatal(err)
	}
	change := func(from, to session.State, event session.Event) {
		if _, err := watched.Change(t.Context(), s, session.Evidence{From: from, To: to, Event: event}); err != nil {
			t.Fatal(err)
		}
	}
	change(session.Requested, session.Queued, session.EvSubmitted)
	s.StartedAt = start.Add(10 * time.Second)
	change(session.Queued, session.Starting, session.EvClaimed)
	change(session.Starting, session.Starting, session.EvClaimed)
	s.ReadyAt = start.Add(15 * time.Second)
	change(session.Starting, session.Ready, session.EvReady)
	s.Reason, s.EndedAt = session.OutOfMemory, start.Add(time.Minute)
	change(session.Ready, session.Ended, session.EvOver)
}

func TestTheLifeOfASessionIsMeasured(t *testing.T) {
	t.Parallel()
	m := ops.NewMetrics("x")
	live(t, m)
	expect(t, scrape(t, m),
		`berth_launches_total{app="lab",cluster="main",outcome="admitted"} 1`,
		`berth_session_queue_wait_seconds_sum{cluster="main",queue="gpu"} 10`,
		`berth_session_start_seconds_sum{app="lab",cluster="main"} 5`,
		`berth_session_ready_seconds_sum{app="lab",cluster="main"} 15`,
		`berth_session_ready_seconds_count{app="lab",cluster="main"} 1`,
		`berth_sessions_ended_total{app="lab",cluster="main",ready="yes",reason="out_of_memory"} 1`,
		`jupyterhub_server_spawn_duration_seconds_count{status="success"} 1`,
	)
}
