package ops

import (
	"net/http"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts. Its hooks return at once and are safe for concurrent use.
type Metrics struct {
	registry   *prometheus.Registry
	counters   map[string]*prometheus.CounterVec
	gauges     map[string]*prometheus.GaugeVec
	histograms map[string]*prometheus.HistogramVec
}

// NewMetrics makes the metrics of one gateway.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(), counters: map[string]*prometheus.CounterVec{},
		gauges: map[string]*prometheus.GaugeVec{}, histograms: map[string]*prometheus.HistogramVec{},
	}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, t := range Table() {
		if asked[t.Name] {
			continue // see State
		}
		var c prometheus.Collector
		switch t.Kind {
		case Counter:
			m.counters[t.Name] = prometheus.NewCounterVec(prometheus.CounterOpts{Name: t.Name, Help: t.Help}, t.Labels)
			c = m.counters[t.Name]
		case Gauge:
			m.gauges[t.Name] = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: t.Name, Help: t.Help}, t.Labels)
			c = m.gauges[t.Name]
		case Histogram:
			m.histograms[t.Name] = prometheus.NewHistogramVec(
				prometheus.HistogramOpts{Name: t.Name, Help: t.Help, Buckets: t.Buckets}, t.Labels)
			c = m.histograms[t.Name]
		}
		m.registry.MustRegister(c)
	}
	m.set(buildInfo, 1, version, runtime.Version())
	m.set(leaderNow, 0)
	m.set(reconcileLast, 0)
	m.zero()
	return m
}

// Handler answers scrapes.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Registry: m.registry})
}

func (m *Metrics) add(name string, n float64, labels ...string) {
	m.counters[name].WithLabelValues(labels...).Add(n)
}

func (m *Metrics) set(name string, v float64, labels ...string) {
	m.gauges[name].WithLabelValues(labels...).Set(v)
}

func (m *Metrics) observe(name string, seconds float64, labels ...string) {
	m.histograms[name].WithLabelValues(labels...).Observe(seconds)
}
