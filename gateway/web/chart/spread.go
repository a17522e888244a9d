package chart

import (
	"html/template"
	"math"
)

// Spread is how values of time are spread, in seconds.
type Spread struct{ P10, P25, Median, P75, P90 float64 }

// Scale is an axis of times on which each step is so many times the one before.
type Scale struct{ most float64 }

// times are the marks of a Scale.
var times = []struct {
	seconds float64
	label   string
}{
	{1, "1 s"},
	{10, "10 s"},
	{60, "1 min"},
	{600, "10 min"},
	{3600, "1 h"},
	{6 * 3600, "6 h"},
	{86400, "1 day"},
	{7 * 86400, "1 week"},
	{30 * 86400, "1 month"},
}

// NewScale makes a scale from a second to at least so many.
func NewScale(most float64) Scale {
	for _, t := range times[3:] {
		if !(most > t.seconds) {
			return Scale{t.seconds}
		}
	}
	return Scale{max(size(most), 1000)}
}

// at is the place of so many seconds, in percent.
func (s Scale) at(seconds float64) float64 {
	return share(math.Log(max(size(seconds), 1)), math.Log(s.most))
}

// inset keeps marks off the edges.
func inset(percent float64) float64 { return 3 + percent*0.94 }

// Axis draws the scale's labels.
func (s Scale) Axis() template.HTML {
	var d drawing
	d.add(`<svg class="chart-axis-x" width="100%" height="18" aria-hidden="true">`)
	for _, t := range times {
		if t.seconds <= s.most {
			d.add(`<text x="`, inset(s.at(t.seconds)), `%" y="13" text-anchor="middle">`, text(t.label), `</text>`)
		}
	}
	d.add(`</svg>`)
	return d.done()
}

// Spread draws a thin line from the tenth to the ninetieth percentile, a thick
// one where the middle half is, and the median as a dot.
func (s Scale) Spread(title string, v Spread) template.HTML {
	var d drawing
	d.named(`class="chart-spread" width="100%" height="22"`, title, "")
	for _, t := range times {
		if t.seconds <= s.most {
			x := inset(s.at(t.seconds))
			d.add(`<line class="grid" x1="`, x, `%" x2="`, x, `%" y1="0" y2="22"/>`)
		}
	}
	place := func(seconds float64) float64 { return inset(s.at(seconds)) }
	d.add(`<line class="whisker" x1="`, place(v.P10), `%" x2="`, place(v.P90), `%" y1="11" y2="11"/>`)
	d.add(`<line class="box" x1="`, place(v.P25), `%" x2="`, place(v.P75), `%" y1="11" y2="11"/>`)
	d.add(`<circle class="median" cx="`, place(v.Median), `%" cy="11" r="5"/></svg>`)
	return d.done()
}
