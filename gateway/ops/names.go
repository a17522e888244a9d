package ops

// Kind is the kind of a metric.
type Kind string

// The kinds.
const (
	Counter   Kind = "counter"
	Gauge     Kind = "gauge"
	Histogram Kind = "histogram"
)

// Metric is one line of the table.
type Metric struct {
	Name    string
	Kind    Kind
	Help    string
	Labels  []string
	Buckets []float64 // of a histogram, in seconds
}

// Buckets of histograms, in seconds.
var (
	quick = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	waits = []float64{.25, .5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 4 * 3600, 12 * 3600, 48 * 3600}
	works = []float64{.01, .05, .1, .5, 1, 5, 10, 30, 60, 300, 1800}
)

// Names of metrics.
const (
	buildInfo    = "berth_build_info"
	leaderNow    = "berth_leader"
	replicasNow  = "berth_replicas"
	databasePool = "berth_database_connections"
	databaseWait = "berth_database_connection_waits_total"
	databaseUp   = "berth_database_up"

	sessionsNow   = "berth_sessions"
	gpusHeld      = "berth_session_gpus"
	launches      = "berth_launches_total"
	sessionsEnded = "berth_sessions_ended_total"
	queueWait     = "berth_session_queue_wait_seconds"
	startTime     = "berth_session_start_seconds"
	readyTime     = "berth_session_ready_seconds"

	clusterUp   = "berth_cluster_up"
	clusterAge  = "berth_cluster_queues_age_seconds"
	clusterGPUs = "berth_cluster_gpus"
	commands    = "berth_scheduler_command_seconds"

	driftTotal        = "berth_drift_total"
	reconcileTime     = "berth_reconcile_seconds"
	reconcileLast     = "berth_reconcile_last_success_timestamp_seconds"
	reconcileSessions = "berth_reconcile_sessions"
	reconcileMissing  = "berth_reconcile_missing_jobs"

	cronTime     = "berth_cron_run_seconds"
	cronLast     = "berth_cron_last_success_timestamp_seconds"
	cronFailures = "berth_cron_failures_in_a_row"
	cronNext     = "berth_cron_next_run_timestamp_seconds"

	httpTime     = "berth_http_request_seconds"
	proxied      = "berth_proxy_requests_total"
	proxiedTime  = "berth_proxy_request_seconds"
	proxiedBytes = "berth_proxy_response_bytes_total"
	streamsNow   = "berth_proxy_websockets"
	agentsNow    = "berth_tunnel_agents"
	tunnelConns  = "berth_tunnel_connections"

	signIns = "berth_sign_ins_total"

	hubServers = "jupyterhub_running_servers"
	hubUsers   = "jupyterhub_total_users"
	hubActive  = "jupyterhub_active_users"
	hubSpawn   = "jupyterhub_server_spawn_duration_seconds"
	hubRequest = "jupyterhub_request_duration_seconds"
)

// Table lists every metric.
func Table() []Metric {
	return []Metric{
		{buildInfo, Gauge, "Always 1; which berth this is.", []string{"version", "go"}, nil},
		{leaderNow, Gauge, "1 if this gateway leads: it compares sessions with schedulers and runs the recurring jobs.", nil, nil},
		{replicasNow, Gauge, "Gateways that share the database, as this one knows them.", nil, nil},
		{databaseUp, Gauge, "1 if the database answered the latest question for these metrics.", nil, nil},
		{databasePool, Gauge, "Connections to the database by what they do (used, idle), and how many there may be (max).", []string{"state"}, nil},
		{databaseWait, Counter, "Times that a connection to the database had to be waited for.", nil, nil},

		{sessionsNow, Gauge, "Live sessions of the whole installation; every gateway says the same.", []string{"cluster", "queue", "app", "state"}, nil},
		{gpusHeld, Gauge, "GPUs of running sessions of the whole installation; every gateway says the same.", []string{"cluster", "queue", "gpu_type"}, nil},
		{launches, Counter, "Sessions that were asked for here, by what became of the request.", []string{"cluster", "app", "outcome"}, nil},
		{sessionsEnded, Counter, "Sessions whose end this gateway found out, by reason and by whether they were ever ready.", []string{"cluster", "app", "reason", "ready"}, nil},
		{queueWait, Histogram, "Time that a session's job waited in the queue before its first start.", []string{"cluster", "queue"}, waits},
		{startTime, Histogram, "Time from the start of a job until its app answered.", []string{"cluster", "app"}, waits},
		{readyTime, Histogram, "Time from the click until the app answered, for a session's first start.", []string{"cluster", "app"}, waits},

		{clusterUp, Gauge, "1 if the cluster's scheduler answers.", []string{"cluster"}, nil},
		{clusterAge, Gauge, "Age of what is known of the cluster's queues.", []string{"cluster"}, nil},
		{clusterGPUs, Gauge, "GPUs of a queue: all of them (total) and the free ones (free).", []string{"cluster", "queue", "gpu_type", "state"}, nil},
		{commands, Histogram, "Scheduler commands by program and outcome (ok, failed, timeout, truncated, not started).", []string{"cluster", "command", "outcome"}, quick},

		{driftTotal, Counter, "Disagreements between sessions, schedulers and agents that the leader found, by kind and by whether they were repaired at once.", []string{"kind", "repair"}, nil},
		{reconcileTime, Histogram, "Time of one comparison with schedulers and agents.", []string{"outcome"}, quick},
		{reconcileLast, Gauge, "When the latest comparison that the database did not cut short ended; 0 if there was none here.", nil, nil},
		{reconcileSessions, Gauge, "Live sessions in this gateway's latest comparison.", nil, nil},
		{reconcileMissing, Gauge, "Jobs that their queue did not report in this gateway's latest comparison.", nil, nil},

		{cronTime, Histogram, "Runs of recurring jobs in this gateway, by outcome.", []string{"cron_job", "outcome"}, works},
		{cronLast, Gauge, "When a recurring job last ended well, in any gateway; 0: never.", []string{"cron_job"}, nil},
		{cronFailures, Gauge, "Runs of a recurring job since then that did not end well.", []string{"cron_job"}, nil},
		{cronNext, Gauge, "When a recurring job is due; 0: never.", []string{"cron_job"}, nil},

		{httpTime, Histogram, "Pages and operations, by route pattern.", []string{"route", "method", "class"}, quick},
		{proxied, Counter, "Requests to apps that were let through, by class of the answer (1xx: a WebSocket).", []string{"method", "class"}, nil},
		{proxiedTime, Histogram, "Requests to apps, WebSockets apart, until the last byte of the answer.", []string{"class"}, quick},
		{proxiedBytes, Counter, "Bytes of answers from apps, WebSockets apart.", nil, nil},
		{streamsNow, Gauge, "WebSockets to apps that are open in this gateway.", nil, nil},
		{agentsNow, Gauge, "Agents that are connected to this gateway.", nil, nil},
		{tunnelConns, Gauge, "Connections from agents to this gateway: waiting to be used (parked) and in use (used).", []string{"state"}, nil},

		{signIns, Counter, "Sign-ins by outcome.", []string{"outcome"}, nil},

		{hubServers, Gauge, "Sessions that are ready; JupyterHub's name.", nil, nil},
		{hubUsers, Gauge, "People who have ever signed in; JupyterHub's name.", nil, nil},
		{hubActive, Gauge, "People who signed in or had a session in that time; JupyterHub's name.", []string{"period"}, nil},
		{hubSpawn, Histogram, "Time from the click until the app answered or the launch failed; JupyterHub's name.", []string{"status"}, waits},
		{hubRequest, Histogram, "Pages and operations; JupyterHub's name.", []string{"method", "handler", "code"}, quick},
	}
}
