package ops

import (
	"net/http"
	"strconv"
	"time"

	"github.com/berth-hpc/berth/gateway"
	"github.com/berth-hpc/berth/gateway/cron"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/reconcile"
)

// zero makes the series whose values are known, so that a first event is a rise
// and not a beginning, which no alert would see.
func (m *Metrics) zero() {
	for _, kind := range reconcile.Kinds() {
		m.add(driftTotal, 0, string(kind), "done")
		m.add(driftTotal, 0, string(kind), "none")
	}
	for _, outcome := range login.Outcomes() {
		m.add(signIns, 0, outcome)
	}
	m.add(proxiedBytes, 0)
}

// Leading notes whether this gateway leads.
func (m *Metrics) Leading(now bool) {
	v := 0.0
	if now {
		v = 1
	}
	m.set(leaderNow, v)
}

// Request is gateway.Config's hook.
func (m *Metrics) Request(s gateway.Seen) {
	seconds, class, verb := s.Took.Seconds(), class(s.Status), method(s.Method)
	if s.App {
		m.add(proxied, 1, verb, class)
		if !s.Upgraded {
			m.observe(proxiedTime, seconds, class)
			m.add(proxiedBytes, float64(s.Bytes))
		}
		return
	}
	if s.Stream {
		return // it lasts as long as somebody listens
	}
	m.observe(httpTime, seconds, s.Route, verb, class)
	m.observe(hubRequest, seconds, verb, s.Route, strconv.Itoa(s.Status))
}

// class is 2xx for 204.
func class(status int) string {
	if status < 100 || status > 599 {
		return "other"
	}
	return strconv.Itoa(status/100) + "xx"
}

// method is one of those that everybody knows: the rest is the client's to make
// up.
func method(s string) string {
	switch s {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return s
	}
	return "other"
}

// SignIn is login.Config's hook.
func (m *Metrics) SignIn(outcome string) { m.add(signIns, 1, outcome) }

// Ran is cron.Config's hook.
func (m *Metrics) Ran(r cron.Run) { m.observe(cronTime, r.Took().Seconds(), r.Job, string(r.Outcome)) }

// Compared takes a report of the reconciler.
func (m *Metrics) Compared(r reconcile.Report) {
	outcome := "ok"
	if len(r.Down) > 0 {
		outcome = "scheduler down"
	}
	m.observe(reconcileTime, time.Since(r.At).Seconds(), outcome)
	m.set(reconcileLast, float64(time.Now().Unix()))
	m.set(reconcileSessions, float64(r.Sessions))
	m.set(reconcileMissing, float64(r.Missing))
	for _, d := range r.Drift {
		repair := "none"
		if d.Done {
			repair = "done"
		}
		m.add(driftTotal, 1, string(d.Kind), repair)
	}
}

// Command is the hook of a cluster's scheduler.
func (m *Metrics) Command(cluster string) func(program, outcome string, took time.Duration) {
	return func(program, outcome string, took time.Duration) {
		m.observe(commands, took.Seconds(), cluster, program, outcome)
	}
}
