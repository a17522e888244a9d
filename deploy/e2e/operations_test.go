package e2e

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// TestOperations is an admin's day: metrics and health on their own listener,
// recurring jobs by schedule and by hand, and a session that nobody uses, which
// is warned and then stopped.
func TestOperations(t *testing.T) {
	t.Parallel()
	listen := site.FreeAddr(t)
	g := site.Start(t, "operations", func(c *site.Config) {
		c.More = "ops: {listen: \"" + listen + "\"}\n" +
			"idle: {after: 40s, warn: 10s, grace: 0s}\n" +
			"cron: {cull-idle: \"@every 2s\", purge: off}\n"
	})
	for path, words := range map[string]string{"/healthz": "ok", "/readyz": `"database":"ok"`, "/debug/pprof/goroutine?debug=1": "goroutine profile"} {
		if text := operations(t, listen, path); !strings.Contains(text, words) {
			t.Errorf("%s: %.300s", path, text)
		}
	}
	dave := client.SignIn(t, g.URL, "dave")
	dave.Login(t, "dave", "wrong")
	dave.Get(t, "/sessions/aaaaaaaaaaaaaaaa")
	s := dave.Ready(t, client.Small("idle"))
	dave.Get(t, s.At("api"))

	text := operations(t, listen, "/metrics")
	for _, line := range []string{
		`berth_leader 1`, `berth_database_up 1`, `berth_replicas 1`, `berth_cluster_up\{cluster="main"\} 1`,
		`berth_sign_ins_total\{outcome="signed in"\} 1`, `berth_sign_ins_total\{outcome="invalid credentials"\} 1`,
		`berth_launches_total\{app="notebook",cluster="main",outcome="admitted"\} 1`,
		`berth_session_ready_seconds_count\{app="notebook",cluster="main"\} 1`,
		`berth_proxy_requests_total\{class="2xx",method="GET"\} [1-9]`, `berth_tunnel_agents 1`,
		`berth_scheduler_command_seconds_count\{cluster="main",command="sbatch",outcome="ok"\} 1`,
		`berth_http_request_seconds_count\{class="4xx",method="GET",route="/sessions/:id"\} 1`,
		`berth_cron_failures_in_a_row\{cron_job="reconcile"\} 0`,
	} {
		if !regexp.MustCompile(`(?m)^` + line + `$`).MatchString(text) {
			name, _, _ := strings.Cut(line, `\`)
			t.Errorf("no %s, but: %q", line, regexp.MustCompile(`(?m)^`+strings.Fields(name)[0]+`.*$`).FindAllString(text, -1))
		}
	}
	for _, secret := range []string{"dave", s.ID, s.JobID} {
		if regexp.MustCompile(`"` + regexp.QuoteMeta(secret) + `"`).MatchString(text) {
			t.Errorf("%q is in the metrics", secret)
		}
	}
	lintMetrics(t, text)
	cronByHand(t, g)

	await.That(t, 3*time.Minute, "the session to be warned", func() error {
		if !dave.Get(t, s.Page()).Says("It will be stopped in") {
			return errors.New("there is no warning on its page")
		}
		return nil
	})
	ended := dave.Await(t, s, time.Minute, "Ended")
	if ended.Reason != "idle" {
		t.Errorf("a session that nobody used ended as %+v", ended)
	}
	g.Cluster.AwaitGone(t, s.JobID)
}

// operations asks the listener for those who run the gateway.
func operations(t *testing.T, listen, path string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listen+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", path, response.Status, err)
	}
	return string(text)
}

// lintMetrics lets Prometheus's own tool look, where there is one.
func lintMetrics(t *testing.T, text string) {
	t.Helper()
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		return // package ops's own tests lint with the same rules
	}
	check := exec.CommandContext(t.Context(), promtool, "check", "metrics")
	check.Stdin = strings.NewReader(text)
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("promtool: %v: %s", err, out)
	}
}

// cronByHand lists jobs, runs one, and finds it in the history.
func cronByHand(t *testing.T, g *site.Gateway) {
	t.Helper()
	out, code := g.Berth(t, "", "cron", "list", "--json")
	var jobs []struct {
		Job, Schedule string
		Next          *time.Time
		Latest        *struct{ Outcome string }
	}
	if err := json.Unmarshal([]byte(out), &jobs); err != nil || code != 0 {
		t.Fatalf("exit status %d, %v: %s", code, err, out)
	}
	seen := map[string]string{}
	for _, j := range jobs {
		seen[j.Job] = j.Schedule
		if j.Job == "reconcile" && (j.Latest == nil || j.Latest.Outcome != "ok") {
			t.Errorf("reconcile: %+v", j)
		}
	}
	if seen["purge"] != "off" || seen["cull-idle"] != "@every 2s" || seen["expire"] != "@hourly" {
		t.Errorf("jobs and schedules: %v", seen)
	}
	if out, code := g.Berth(t, "", "cron", "run", "purge"); code != 0 || !strings.Contains(out, "purge: ok") {
		t.Errorf("exit status %d: %s", code, out)
	}
	if out, code := g.Berth(t, "", "cron", "run", "prune"); code == 0 {
		t.Errorf("a job that is none: %s", out)
	}
	if out, code := g.Berth(t, "", "cron", "history", "purge"); code != 0 || !strings.Contains(out, "command line on") {
		t.Errorf("exit status %d: %s", code, out)
	}
}
