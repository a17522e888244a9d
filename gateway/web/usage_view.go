package web

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"time"

	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/usage"
	"github.com/berth-hpc/berth/gateway/web/chart"
)

// mostRanked is how many rows a ranking shows; the rest is one more.
const mostRanked = 15

// counted is what a report is about: hours of GPUs, or of CPUs.
type counted struct {
	unit                          string
	asked, held, used, seen, idle func(usage.Row) float64
}

var (
	ofGPU = counted{
		"GPU-hours", func(r usage.Row) float64 { return r.GPUAsked }, func(r usage.Row) float64 { return r.GPUHeld },
		func(r usage.Row) float64 { return r.GPUUsed }, func(r usage.Row) float64 { return r.GPUSeen },
		func(r usage.Row) float64 { return r.GPUIdle },
	}
	ofCPU = counted{
		"CPU-hours", func(r usage.Row) float64 { return r.CPUAsked }, func(r usage.Row) float64 { return r.CPUHeld },
		func(r usage.Row) float64 { return r.CPUUsed }, func(r usage.Row) float64 { return r.CPUSeen },
		func(r usage.Row) float64 { return r.CPUIdle },
	}
)

// parts are a row's hours as parts of a bar.
func (of counted) parts(r usage.Row) []chart.Part {
	return []chart.Part{
		{Class: "used", Value: of.used(r)}, {Class: "idle", Value: of.idle(r)}, {Class: "unseen", Value: of.unseen(r)},
	}
}

func (of counted) unseen(r usage.Row) float64 { return max(of.held(r)-of.seen(r), 0) }

// words are the same for who cannot see or wants to know exactly.
func (of counted) words(name string, r usage.Row) string {
	s := fmt.Sprintf("%s: %s %s held, %s used, %s idle", name, amount(of.held(r)), of.unit, amount(of.used(r)), amount(of.idle(r)))
	if u := of.unseen(r); u >= 0.05 {
		s += ", " + amount(u) + " not measured"
	}
	return s
}

func (of counted) stats(r usage.Report) []statView {
	t := r.Total
	busy := statView{"–", "busy, of what was measured"}
	if of.seen(t) > 0 {
		busy.Value = percent(of.used(t), of.seen(t))
	}
	failed := int64(0)
	for _, f := range r.Failures {
		failed += f.Launches
	}
	return []statView{
		{amount(of.held(t)), of.unit + " held"},
		{amount(of.used(t)), "used"},
		{amount(of.idle(t)), "idle"},
		busy,
		{percent(of.seen(t), of.held(t)), "of it measured"},
		{amount(of.asked(t)), "asked for"},
		{strconv.FormatInt(t.Starts, 10), "jobs started"},
		{strconv.FormatInt(failed, 10), "ended before ready"},
	}
}

// daysView is the chart of days.
type daysView struct {
	Chart template.HTML
	Ticks []string
	Unit  string
	Step  string // "day", "week" or "month"
	Rows  []rankRow
}

// daysOf draws a bar a day, or a week or month where there are many days.
func daysOf(of counted, days []usage.Row, from, to time.Time) *daysView {
	v := &daysView{Unit: of.unit, Step: "day"}
	next := func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }
	layout := "2 Jan"
	switch n := to.Sub(from).Hours() / 24; {
	case n > 400:
		v.Step, layout = "month", "Jan 2006"
		next = func(t time.Time) time.Time { return t.AddDate(0, 1, 1-t.Day()) }
	case n > 62:
		v.Step = "week"
		next = func(t time.Time) time.Time { return t.AddDate(0, 0, 7) }
	}
	var bars []chart.Bar
	for at := from; !at.After(to); at = next(at) {
		row, stop := usage.Row{Key: at.Format(layout)}, next(at).Format(time.DateOnly)
		for len(days) > 0 && days[0].Key < stop {
			row = row.Add(days[0])
			days = days[1:]
		}
		name := row.Key
		if v.Step == "week" {
			name = "Week from " + name
		}
		bars = append(bars, chart.Bar{Label: row.Key, Title: of.words(name, row), Parts: of.parts(row)})
		if of.held(row) > 0 {
			v.Rows = append(v.Rows, of.row(row, ""))
		}
	}
	top := chart.Top(bars)
	if top == 0 {
		return nil
	}
	ticks := chart.Ticks(top)
	for _, t := range ticks {
		v.Ticks = append(v.Ticks, strconv.FormatFloat(math.Round(t*1e4)/1e4, 'f', -1, 64))
	}
	v.Chart = chart.Bars(of.unit+" held by "+v.Step, "The table below has the same numbers.", bars, ticks)
	return v
}

// rankingView is a table with bars.
type rankingView struct {
	By   string
	Rows []rankRow
	Unit string
}

type rankRow struct {
	Name, Href                      string
	Bar                             template.HTML
	Held, Used, Idle, Unseen, Asked string
	Busy                            string // of what was measured
	Starts                          int64
}

var byWords = map[usage.By]string{
	usage.ByUser: "Person", usage.ByGroup: "Group", usage.ByAccount: "Account", usage.ByQueue: "Partition", usage.ByGPU: "GPU type",
	usage.ByApp: "App", usage.ByCluster: "Cluster", usage.ByDay: "Day",
}

func (of counted) row(r usage.Row, href string) rankRow {
	v := rankRow{
		Name: plain(r.Key), Href: href, Held: amount(of.held(r)), Used: amount(of.used(r)), Idle: amount(of.idle(r)),
		Unseen: amount(of.unseen(r)), Asked: amount(of.asked(r)), Starts: r.Starts, Busy: "–",
	}
	if v.Name == "" {
		v.Name = "none"
	}
	if of.seen(r) > 0 {
		v.Busy = percent(of.used(r), of.seen(r))
	}
	return v
}

func ranking(of counted, r usage.Report, href func(string) string) rankingView {
	v := rankingView{By: byWords[r.By], Unit: of.unit}
	most := 0.0
	for _, row := range r.Rows {
		most = max(most, of.held(row))
	}
	rest, count := usage.Row{}, 0
	for i, row := range r.Rows {
		if i >= mostRanked {
			rest = rest.Add(row)
			count++
			continue
		}
		line := of.row(row, href(row.Key))
		line.Bar = chart.Strip(of.words(line.Name, row), of.parts(row), most)
		v.Rows = append(v.Rows, line)
	}
	if count > 0 {
		rest.Key = fmt.Sprintf("%d more", count)
		line := of.row(rest, "")
		line.Bar = chart.Strip(of.words(rest.Key, rest), of.parts(rest), max(most, of.held(rest)))
		v.Rows = append(v.Rows, line)
	}
	return v
}

// waitsView shows how long launches waited.
type waitsView struct {
	Axis template.HTML
	Rows []waitRow
}

type waitRow struct {
	Queue, GPU           string
	Launches             int64
	Plot                 template.HTML
	Median, P90, Longest string
}

func waitsOf(all []usage.Wait) *waitsView {
	if len(all) == 0 {
		return nil
	}
	most := 0.0
	for _, v := range all {
		most = max(most, v.P90)
	}
	scale := chart.NewScale(most)
	v := &waitsView{Axis: scale.Axis()}
	for i, one := range all {
		if i == mostRanked {
			break
		}
		row := waitRow{
			Queue: plain(one.Queue), GPU: plain(one.GPUType), Launches: one.Launches,
			Median: waited(one.Median), P90: waited(one.P90), Longest: waited(float64(one.Longest)),
		}
		row.Plot = scale.Spread(fmt.Sprintf("%s %s: half started within %s, nine of ten within %s", row.Queue, row.GPU, row.Median, row.P90),
			chart.Spread{P10: one.P10, P25: one.P25, Median: one.Median, P75: one.P75, P90: one.P90})
		v.Rows = append(v.Rows, row)
	}
	return v
}

// endCount is one cause of an early end.
type endCount struct {
	Words    string
	Launches int64
	Bar      template.HTML
}

func endsOf(all []usage.Failure) []endCount {
	var list []endCount
	for _, f := range all {
		words := session.EndReason(f.Reason).AdminText()
		list = append(list, endCount{
			Words: words, Launches: f.Launches,
			Bar: chart.Strip(fmt.Sprintf("%s: %d", words, f.Launches), []chart.Part{{Class: "failed", Value: float64(f.Launches)}}, float64(all[0].Launches)),
		})
	}
	return list
}

// amount is a number of hours, as exact as one wants to read it.
func amount(h float64) string {
	switch {
	case h >= 100:
		return grouped(int64(math.Round(h)))
	case h == 0:
		return "0"
	case h < 0.05:
		return "<0.1"
	}
	return strconv.FormatFloat(h, 'f', 1, 64)
}

// grouped sets thin spaces between thousands.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

func percent(part, whole float64) string {
	if !(whole > 0) {
		return "–"
	}
	return strconv.Itoa(int(math.Round(100*min(part/whole, 1)))) + "\u202f%"
}

// waited is a time in two units at most.
func waited(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours())/24)
}
