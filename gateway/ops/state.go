package ops

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/berth-hpc/berth/gateway"
	"github.com/berth-hpc/berth/gateway/cron"
	"github.com/berth-hpc/berth/gateway/session"
)

// Source is where the state of things is read at a scrape. Nil functions leave
// their metrics out.
type Source struct {
	Board    func() []session.Standing
	Edge     func() gateway.Stats
	Replicas func() int
	Pool     func() Pool
	// Census and Jobs ask the database; their answers are kept for a while.
	Census func(ctx context.Context) (Census, error)
	Jobs   func(ctx context.Context) ([]cron.Listed, error)
}

// Pool is the state of the pool of connections to the database.
type Pool struct {
	Used, Idle, Max int
	Waits           int64 // times that a connection was waited for
}

// Census counts what the whole installation has.
type Census struct {
	Sessions []Group
	People   int
	Active   map[string]int // people, by period: "24h", "7d", "30d"
}

// Group is live sessions that are alike.
type Group struct {
	Cluster, Queue, App, State, GPUType string
	Sessions                            int
	GPUs                                int // of all of them together
}

// Watch adds the state of things to what scrapes see.
func (m *Metrics) Watch(s Source, log *slog.Logger) {
	m.registry.MustRegister(&state{Source: s, log: log})
}

// asked are the metrics that are asked for at a scrape.
var asked = map[string]bool{
	sessionsNow: true, gpusHeld: true, clusterUp: true, clusterAge: true, clusterGPUs: true, cronLast: true,
	cronFailures: true, cronNext: true, databaseUp: true, databasePool: true, databaseWait: true, replicasNow: true,
	streamsNow: true, agentsNow: true, tunnelConns: true, hubServers: true, hubUsers: true, hubActive: true,
}

// state is the collector of what is asked for.
type state struct {
	Source
	log *slog.Logger

	mu     sync.Mutex
	at     time.Time // of the latest question
	census Census
	jobs   []cron.Listed
	err    error
}

const (
	keepFor = 10 * time.Second
	askFor  = 3 * time.Second
)

var descs = func() map[string]*prometheus.Desc {
	all := map[string]*prometheus.Desc{}
	for _, t := range Table() {
		if asked[t.Name] {
			all[t.Name] = prometheus.NewDesc(t.Name, t.Help, t.Labels, nil)
		}
	}
	return all
}()

// Describe implements prometheus.Collector.
func (s *state) Describe(out chan<- *prometheus.Desc) {
	for _, d := range descs {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (s *state) Collect(out chan<- prometheus.Metric) {
	say := func(name string, v float64, labels ...string) {
		kind := prometheus.GaugeValue
		if name == databaseWait {
			kind = prometheus.CounterValue
		}
		out <- prometheus.MustNewConstMetric(descs[name], kind, v, labels...)
	}
	if s.Board != nil {
		sayBoard(say, s.Board())
	}
	if s.Edge != nil {
		e := s.Edge()
		say(streamsNow, float64(e.Streams))
		say(agentsNow, float64(e.Agents))
		say(tunnelConns, float64(e.Parked), "parked")
		say(tunnelConns, float64(e.Used), "used")
	}
	if s.Replicas != nil {
		say(replicasNow, float64(s.Replicas()))
	}
	if s.Pool != nil {
		p := s.Pool()
		say(databasePool, float64(p.Used), "used")
		say(databasePool, float64(p.Idle), "idle")
		say(databasePool, float64(p.Max), "max")
		say(databaseWait, float64(p.Waits))
	}
	if s.Census != nil && s.Jobs != nil {
		s.sayStored(say)
	}
}

// sayer gives one value to a scrape.
type sayer func(name string, v float64, labels ...string)

func sayBoard(say sayer, board []session.Standing) {
	for _, c := range board {
		up := 0.0
		if !c.At.IsZero() && c.DownSince.IsZero() {
			up = 1
		}
		say(clusterUp, up, c.Cluster)
		if c.At.IsZero() {
			continue
		}
		say(clusterAge, time.Since(c.At).Seconds(), c.Cluster)
		for _, q := range c.Queues {
			seen := map[string]bool{}
			for _, g := range q.GPUs {
				if seen[g.Type] {
					continue // a scheduler that says it twice must not fail the scrape
				}
				seen[g.Type] = true
				say(clusterGPUs, float64(g.Total), c.Cluster, q.Name, g.Type, "total")
				say(clusterGPUs, float64(g.Free), c.Cluster, q.Name, g.Type, "free")
			}
		}
	}
}

// sayStored says what is in the database.
func (s *state) sayStored(say sayer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.at) >= keepFor {
		s.ask()
	}
	if s.err != nil {
		say(databaseUp, 0)
		return
	}
	say(databaseUp, 1)
	sayCensus(say, s.census)
	for _, j := range s.jobs {
		if j.Everywhere {
			continue
		}
		say(cronLast, unix(j.LastOK), j.Name)
		say(cronFailures, float64(j.Failures), j.Name)
		say(cronNext, unix(j.Next), j.Name)
	}
}

// ask asks the database anew.
func (s *state) ask() {
	ctx, cancel := context.WithTimeout(context.Background(), askFor)
	defer cancel()
	s.census, s.err = s.Census(ctx)
	if s.err == nil {
		s.jobs, s.err = s.Jobs(ctx)
	}
	if s.err != nil {
		s.log.Warn("metrics without the database", "err", s.err)
	}
	s.at = time.Now()
}

func sayCensus(say sayer, c Census) {
	type at struct{ cluster, queue, what, state string }
	sessions, gpus, ready := map[at]int{}, map[at]int{}, 0
	for _, g := range c.Sessions {
		sessions[at{g.Cluster, g.Queue, g.App, g.State}] += g.Sessions
		switch session.State(g.State) {
		case session.Ready:
			ready += g.Sessions
			gpus[at{g.Cluster, g.Queue, g.GPUType, ""}] += g.GPUs
		case session.Starting, session.Stopping:
			gpus[at{g.Cluster, g.Queue, g.GPUType, ""}] += g.GPUs
		}
	}
	for k, n := range sessions {
		say(sessionsNow, float64(n), k.cluster, k.queue, k.what, k.state)
	}
	for k, n := range gpus {
		if n == 0 {
			continue
		}
		say(gpusHeld, float64(n), k.cluster, k.queue, k.what)
	}
	say(hubServers, float64(ready))
	say(hubUsers, float64(c.People))
	for period, n := range c.Active {
		say(hubActive, float64(n), period)
	}
}

// unix is the time as Prometheus has it; 0 for never.
func unix(at time.Time) float64 {
	if at.IsZero() {
		return 0
	}
	return float64(at.Unix())
}
