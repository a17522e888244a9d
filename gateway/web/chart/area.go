package chart

import (
	"html/template"
	"time"
)

// Point is a value at a time.
type Point struct {
	At    time.Time
	Value float64
}

// Area draws how a value has gone: a line over a filled area, from one time to
// another and from 0 to top. Where points are further apart than gap, nothing is
// known, and nothing is drawn.
func Area(title string, points []Point, from, to time.Time, gap time.Duration, top float64) template.HTML {
	const height = 40.0
	var d drawing
	d.named(`class="chart-area" width="100%" height="`+number(height)+`" viewBox="0 0 100 `+number(height)+`" preserveAspectRatio="none"`, title, "")
	d.add(`<line class="ground" x1="0" x2="100" y1="`, height-0.5, `" y2="`, height-0.5, `"/>`)
	x := func(p Point) float64 {
		return share(p.At.Sub(from).Seconds(), to.Sub(from).Seconds())
	}
	y := func(p Point) float64 { return height - 1 - share(p.Value, top)/100*(height-3) }
	for len(points) > 0 {
		n := 1
		for n < len(points) && points[n].At.Sub(points[n-1].At) <= gap {
			n++
		}
		run := points[:n]
		points = points[n:]
		line := ""
		for i, p := range run {
			if line += "L"; i == 0 {
				line = "M"
			}
			line += number(x(p)) + " " + number(y(p))
		}
		if n == 1 { // a minute alone is a short stroke
			line += "h0.8"
		}
		first, last := x(run[0]), x(run[n-1])
		d.add(`<path class="area" d="`, line, `L`, last, ` `, height, `L`, first, ` `, height, `Z"/><path class="line" d="`, line, `"/>`)
	}
	d.add(`</svg>`)
	return d.done()
}
