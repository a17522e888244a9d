package usage

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// By is what a report's rows are.
type By string

// The groupings.
const (
	ByUser    By = "user"
	ByGroup   By = "group"
	ByAccount By = "account"
	ByCluster By = "cluster"
	ByQueue   By = "queue" // keys are cluster/queue
	ByApp     By = "app"
	ByGPU     By = "gpu" // the GPU's type; "" for none or any
	ByDay     By = "day" // keys are 2026-03-14
)

// Groupings lists them.
func Groupings() []By {
	return []By{ByUser, ByGroup, ByAccount, ByCluster, ByQueue, ByApp, ByGPU, ByDay}
}

// Bounds of a report.
const (
	MostDays = 3660
	MostRows = 5000
)

// Query chooses what is reported. Empty filters choose all.
type Query struct {
	From, To time.Time // days, both included; only the date counts, in UTC
	By       By

	User, Group, Account, Cluster, Queue, App, GPUType string
	Owners                                             []string // set by the Reporter
}

// BadQuery says which part of a query cannot be.
type BadQuery struct{ Field, Reason string }

func (e *BadQuery) Error() string { return e.Field + " " + e.Reason }

// Check brings the days to midnight UTC; *BadQuery.
func (q Query) Check() (Query, error) {
	q.From, q.To = day(q.From), day(q.To)
	switch {
	case q.From.IsZero() || q.To.IsZero():
		return q, &BadQuery{"from", "and to are needed"}
	case q.To.Before(q.From):
		return q, &BadQuery{"to", "is before from"}
	case q.To.Sub(q.From) >= MostDays*24*time.Hour:
		return q, &BadQuery{"from", fmt.Sprintf("and to are more than %d days apart", MostDays)}
	case !slices.Contains(Groupings(), q.By):
		return q, &BadQuery{"by", "must be one of " + groupings()}
	}
	return q, nil
}

func groupings() string {
	var names []string
	for _, by := range Groupings() {
		names = append(names, string(by))
	}
	return strings.Join(names, ", ")
}

func day(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(24 * time.Hour)
}

// Row is one line of a report. Times are in hours: of GPUs and of CPUs.
type Row struct {
	Key      string  `json:"key"`
	Starts   int64   `json:"starts"`
	GPUAsked float64 `json:"gpu_hours_asked"`
	GPUHeld  float64 `json:"gpu_hours_held"`
	GPUUsed  float64 `json:"gpu_hours_used"`
	GPUSeen  float64 `json:"gpu_hours_seen"`
	GPUIdle  float64 `json:"gpu_hours_idle"`
	CPUAsked float64 `json:"cpu_hours_asked"`
	CPUHeld  float64 `json:"cpu_hours_held"`
	CPUUsed  float64 `json:"cpu_hours_used"`
	CPUSeen  float64 `json:"cpu_hours_seen"`
	CPUIdle  float64 `json:"cpu_hours_idle"`
}

// GPUUnseen is what was held and not measured.
func (r Row) GPUUnseen() float64 { return max(r.GPUHeld-r.GPUSeen, 0) }

// Add sums two rows up under the first one's key.
func (r Row) Add(o Row) Row {
	r.Starts += o.Starts
	r.GPUAsked += o.GPUAsked
	r.GPUHeld += o.GPUHeld
	r.GPUUsed += o.GPUUsed
	r.GPUSeen += o.GPUSeen
	r.GPUIdle += o.GPUIdle
	r.CPUAsked += o.CPUAsked
	r.CPUHeld += o.CPUHeld
	r.CPUUsed += o.CPUUsed
	r.CPUSeen += o.CPUSeen
	r.CPUIdle += o.CPUIdle
	return r
}

// Wait says how long launches waited for their first start. Times are in
// seconds.
type Wait struct {
	Cluster  string  `json:"cluster"`
	Queue    string  `json:"queue"`
	GPUType  string  `json:"gpu_type"`
	Launches int64   `json:"launches"`
	P10      float64 `json:"p10_seconds"`
	P25      float64 `json:"p25_seconds"`
	Median   float64 `json:"median_seconds"`
	P75      float64 `json:"p75_seconds"`
	P90      float64 `json:"p90_seconds"`
	Longest  int64   `json:"longest_seconds"`
}

// Failure counts launches that ended before their app answered.
type Failure struct {
	Reason   string `json:"reason"` // a session.EndReason
	Launches int64  `json:"launches"`
}

// Report answers a Query.
type Report struct {
	From     string    `json:"from"` // the first day: "2026-03-14"
	To       string    `json:"to"`   // the last
	By       By        `json:"by"`
	Rows     []Row     `json:"rows"` // most GPU-hours first; days in order
	Total    Row       `json:"total"`
	Waits    []Wait    `json:"waits"`
	Failures []Failure `json:"failures"`
}

// ReportStore counts. Each call is one query.
type ReportStore interface {
	UsageRows(ctx context.Context, q Query) ([]Row, error)
	UsageWaits(ctx context.Context, q Query) ([]Wait, error)
	UsageFailures(ctx context.Context, q Query) ([]Failure, error)
}

// Reporter makes reports.
type Reporter struct {
	Store ReportStore
	Veil  Veil // finds somebody's old rows again; zero: names are never replaced
}

// Report answers the query; *BadQuery.
func (r Reporter) Report(ctx context.Context, q Query) (Report, error) {
	q, err := r.query(q)
	if err != nil {
		return Report{}, err
	}
	report := Report{
		From: q.From.Format(time.DateOnly), To: q.To.Format(time.DateOnly), By: q.By, Total: Row{Key: "total"},
	}
	if report.Rows, err = r.Store.UsageRows(ctx, q); err != nil {
		return Report{}, err
	}
	days := report.Rows
	if q.By == ByGroup { // somebody counts in each of their groups
		q.By = ByDay
		if days, err = r.Store.UsageRows(ctx, q); err != nil {
			return Report{}, err
		}
	}
	for _, row := range days {
		report.Total = report.Total.Add(row)
	}
	if report.Waits, err = r.Store.UsageWaits(ctx, q); err != nil {
		return Report{}, err
	}
	if report.Failures, err = r.Store.UsageFailures(ctx, q); err != nil {
		return Report{}, err
	}
	report.Rows, report.Waits, report.Failures = list(report.Rows), list(report.Waits), list(report.Failures)
	return report, nil
}

// list is never null in JSON.
func list[T any](l []T) []T { return append([]T{}, l...) }

// Rows answers with the rows alone: one query.
func (r Reporter) Rows(ctx context.Context, q Query) ([]Row, error) {
	q, err := r.query(q)
	if err != nil {
		return nil, err
	}
	return r.Store.UsageRows(ctx, q)
}

func (r Reporter) query(q Query) (Query, error) {
	q, err := q.Check()
	if err == nil && q.User != "" {
		q.Owners = []string{q.User}
		if r.Veil.Known() {
			q.Owners = append(q.Owners, r.Veil.Name(q.User))
		}
	}
	return q, err
}
