package ops_test

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/ops"
)

const (
	dashboardFile = "../../deploy/grafana/berth.json"
	rulesFile     = "../../deploy/prometheus/berth.rules.yml"
)

var update = flag.Bool("update", false, "write the dashboard anew")

// panel is one graph: expressions with their legends, and the unit.
type panel struct {
	title, unit string
	wide        bool
	series      [][2]string
}

// quantile is that quantile of a histogram.
func quantile(q, name, by string) string {
	return "histogram_quantile(" + q + ", sum by (le, " + by + ") (rate(" + name + "_bucket[$__rate_interval])))"
}

// rows are the dashboard, from top to bottom. Counts of the whole installation
// are the same in every gateway: max takes one of them.
var rows = []struct {
	title  string
	panels []panel
}{
	{"People and sessions", []panel{
		{"Sessions by state", "short", true, [][2]string{{"sum by (state) (max by (cluster, queue, app, state) (berth_sessions))", "{{state}}"}}},
		{"People", "short", false, [][2]string{
			{"max by (period) (jupyterhub_active_users)", "active in {{period}}"}, {"max(jupyterhub_total_users)", "ever"},
		}},
		{"GPUs held by sessions", "short", false, [][2]string{{"max by (cluster, queue, gpu_type) (berth_session_gpus)", "{{queue}} {{gpu_type}}"}}},
		{"GPUs of the partitions", "short", true, [][2]string{{"max by (cluster, queue, gpu_type, state) (berth_cluster_gpus)", "{{queue}} {{gpu_type}} {{state}}"}}},
		{"Requests to launch, an hour", "short", false, [][2]string{{"sum by (outcome) (increase(berth_launches_total[1h]))", "{{outcome}}"}}},
		{"Ends, an hour", "short", false, [][2]string{{"sum by (reason) (increase(berth_sessions_ended_total[1h]))", "{{reason}}"}}},
	}},
	{"How long people wait", []panel{
		{"From the click until it is ready", "s", false, [][2]string{
			{quantile("0.5", "berth_session_ready_seconds", "app"), "{{app}} median"}, {quantile("0.9", "berth_session_ready_seconds", "app"), "{{app}} p90"},
		}},
		{"In the queue", "s", false, [][2]string{
			{quantile("0.5", "berth_session_queue_wait_seconds", "queue"), "{{queue}} median"}, {quantile("0.9", "berth_session_queue_wait_seconds", "queue"), "{{queue}} p90"},
		}},
		{"From the job's start until the app answers", "s", false, [][2]string{
			{quantile("0.5", "berth_session_start_seconds", "app"), "{{app}} median"}, {quantile("0.9", "berth_session_start_seconds", "app"), "{{app}} p90"},
		}},
	}},
	{"Schedulers", []panel{
		{"Answers", "short", false, [][2]string{{"min by (cluster) (berth_cluster_up)", "{{cluster}}"}}},
		{"Age of what is known of queues", "s", false, [][2]string{{"max by (cluster) (berth_cluster_queues_age_seconds)", "{{cluster}}"}}},
		{"Commands, a second", "short", false, [][2]string{{"sum by (command, outcome) (rate(berth_scheduler_command_seconds_count[$__rate_interval]))", "{{command}} {{outcome}}"}}},
		{"Commands, p90", "s", false, [][2]string{{quantile("0.9", "berth_scheduler_command_seconds", "command"), "{{command}}"}}},
	}},
	{"Comparing and recurring jobs", []panel{
		{"Comparing, p90", "s", false, [][2]string{{quantile("0.9", "berth_reconcile_seconds", "outcome"), "{{outcome}}"}}},
		{"Since the last comparison", "s", false, [][2]string{{"time() - max(berth_reconcile_last_success_timestamp_seconds)", "seconds"}}},
		{"Compared", "short", false, [][2]string{{"max(berth_reconcile_sessions)", "sessions"}, {"max(berth_reconcile_missing_jobs)", "not reported"}}},
		{"Drift, an hour", "short", false, [][2]string{{"sum by (kind, repair) (increase(berth_drift_total[1h]))", "{{kind}} {{repair}}"}}},
		{"Since a job ended well", "s", false, [][2]string{{"time() - max by (cron_job) (berth_cron_last_success_timestamp_seconds > 0)", "{{cron_job}}"}}},
		{"Failures in a row", "short", false, [][2]string{{"max by (cron_job) (berth_cron_failures_in_a_row)", "{{cron_job}}"}}},
		{"Until the next run", "s", false, [][2]string{{"max by (cron_job) (berth_cron_next_run_timestamp_seconds > 0) - time()", "{{cron_job}}"}}},
		{"Runs, p90", "s", false, [][2]string{{quantile("0.9", "berth_cron_run_seconds", "cron_job"), "{{cron_job}}"}}},
	}},
	{"Gateways", []panel{
		{"Pages and operations, a second", "reqps", false, [][2]string{{"sum by (class) (rate(berth_http_request_seconds_count[$__rate_interval]))", "{{class}}"}}},
		{"Pages and operations, p90", "s", false, [][2]string{{quantile("0.9", "berth_http_request_seconds", "route"), "{{route}}"}}},
		{"Requests to apps, a second", "reqps", false, [][2]string{{"sum by (class) (rate(berth_proxy_requests_total[$__rate_interval]))", "{{class}}"}}},
		{"Requests to apps, p90", "s", false, [][2]string{{quantile("0.9", "berth_proxy_request_seconds", "class"), "{{class}}"}}},
		{"From apps", "Bps", false, [][2]string{{"sum by (instance) (rate(berth_proxy_response_bytes_total[$__rate_interval]))", "{{instance}}"}}},
		{"WebSockets and agents", "short", false, [][2]string{
			{"berth_proxy_websockets", "WebSockets {{instance}}"},
			{"berth_tunnel_agents", "agents {{instance}}"},
			{"berth_tunnel_connections", "connections {{state}} {{instance}}"},
		}},
		{"Sign-ins, an hour", "short", false, [][2]string{{"sum by (outcome) (increase(berth_sign_ins_total[1h]))", "{{outcome}}"}}},
		{"Who leads, and how many there are", "short", false, [][2]string{
			{"berth_leader", "leads: {{instance}}"}, {"max(berth_replicas)", "gateways"}, {"count by (version) (berth_build_info)", "version {{version}}"},
		}},
		{"Database", "short", false, [][2]string{
			{"berth_database_connections", "{{state}} {{instance}}"},
			{"berth_database_up", "answers {{instance}}"},
			{"rate(berth_database_connection_waits_total[$__rate_interval])", "waits a second {{instance}}"},
		}},
		{"Memory", "bytes", false, [][2]string{{`process_resident_memory_bytes{job="berth"}`, "{{instance}}"}}},
		{"Goroutines", "short", false, [][2]string{{`go_goroutines{job="berth"}`, "{{instance}}"}}},
	}},
}

// dashboard is Grafana's JSON (its dashboard model, schema version 39).
func dashboard() map[string]any {
	source := map[string]any{"type": "prometheus", "uid": "${datasource}"}
	var panels []any
	id, y := 0, 0
	for _, row := range rows {
		id++
		panels = append(panels, map[string]any{
			"id": id, "type": "row", "title": row.title, "collapsed": false, "panels": []any{},
			"gridPos": map[string]any{"h": 1, "w": 24, "x": 0, "y": y},
		})
		x := 0
		y++
		for _, p := range row.panels {
			id++
			width := 6
			if p.wide {
				width = 12
			}
			if x+width > 24 {
				x, y = 0, y+8
			}
			var targets []any
			for i, s := range p.series {
				targets = append(targets, map[string]any{
					"refId": string(rune('A' + i)), "datasource": source, "expr": s[0], "legendFormat": s[1],
				})
			}
			panels = append(panels, map[string]any{
				"id": id, "type": "timeseries", "title": p.title, "datasource": source, "targets": targets,
				"gridPos":     map[string]any{"h": 8, "w": width, "x": x, "y": y},
				"fieldConfig": map[string]any{"defaults": map[string]any{"unit": p.unit, "min": 0}, "overrides": []any{}},
				"options": map[string]any{
					"legend":  map[string]any{"displayMode": "list", "placement": "bottom", "showLegend": true},
					"tooltip": map[string]any{"mode": "multi", "sort": "desc"},
				},
			})
			x += width
		}
		y += 8
	}
	return map[string]any{
		"title": "berth", "uid": "berth", "tags": []any{"berth"}, "schemaVersion": 39, "editable": true, "graphTooltip": 1,
		"time": map[string]any{"from": "now-6h", "to": "now"}, "refresh": "30s", "timezone": "", "panels": panels,
		"templating": map[string]any{"list": []any{map[string]any{
			"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Data source",
		}}},
	}
}

// The file is what the table and the list above make of it; after a change,
// "go test ./gateway/ops -update" writes it anew.
func TestTheDashboardIsInStep(t *testing.T) {
	t.Parallel()
	want, err := json.MarshalIndent(dashboard(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile(dashboardFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(dashboardFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("run: go test ./gateway/ops -update (-want +got):\n%s", diff)
	}
}

var (
	names  = regexp.MustCompile(`\b(?:berth|jupyterhub)_[a-z_]+`)
	labels = regexp.MustCompile(`\b((?:berth|jupyterhub)_[a-z_]+)\{([^}]*)\}`)
)

// known checks that an expression has only metrics and labels of the table.
func known(t *testing.T, where, expr string) (used []string) {
	t.Helper()
	table := map[string]ops.Metric{}
	for _, m := range ops.Table() {
		table[m.Name] = m
	}
	base := func(name string) string {
		for _, suffix := range []string{"_bucket", "_count", "_sum"} {
			if m, ok := table[strings.TrimSuffix(name, suffix)]; ok && m.Kind == ops.Histogram && strings.HasSuffix(name, suffix) {
				return m.Name
			}
		}
		return name
	}
	for _, name := range names.FindAllString(expr, -1) {
		if _, ok := table[base(name)]; !ok {
			t.Errorf("%s: there is no metric %s", where, name)
		}
		used = append(used, base(name))
	}
	for _, m := range labels.FindAllStringSubmatch(expr, -1) {
		for _, part := range strings.Split(m[2], ",") {
			label, _, _ := strings.Cut(strings.TrimSpace(part), "=")
			label = strings.TrimRight(label, "!")
			if !slices.Contains(table[base(m[1])].Labels, label) {
				t.Errorf("%s: %s has no label %s", where, m[1], label)
			}
		}
	}
	return used
}

func TestTheDashboardShowsEveryMetric(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{}
	for _, row := range rows {
		for _, p := range row.panels {
			for _, s := range p.series {
				for _, name := range known(t, p.title, s[0]) {
					shown[name] = true
				}
			}
		}
	}
	for _, m := range ops.Table() {
		if !shown[m.Name] && !strings.HasPrefix(m.Name, "jupyterhub_") {
			t.Errorf("no panel shows %s", m.Name)
		}
	}
}

func TestAlertsAskForWhatThereIs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(rulesFile)
	if err != nil {
		t.Fatal(err)
	}
	if used := known(t, "the rules", string(text)); len(used) < 10 {
		t.Errorf("only %d metrics are used", len(used))
	}
	guide, err := os.ReadFile("../../deploy/docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`alert: (\w+)`).FindAllStringSubmatch(string(text), -1) {
		if !strings.Contains(string(guide), "`"+m[1]+"`") {
			t.Errorf("deploy/docs/metrics.md does not explain %s", m[1])
		}
	}
}

// promtool comes with Prometheus, which is too large to install for this alone:
// where it is missing the rest of these tests has to do.
func TestPromtoolIsContent(t *testing.T) {
	t.Parallel()
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("there is no promtool here; it comes with Prometheus")
	}
	if out, err := exec.CommandContext(t.Context(), promtool, "check", "rules", rulesFile).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	check := exec.CommandContext(t.Context(), promtool, "check", "metrics")
	check.Stdin = strings.NewReader(scrape(t, busy(t)))
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
