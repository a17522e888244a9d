package chart

import (
	"html/template"
)

// Part is one piece of a bar; Class colours it.
type Part struct {
	Class string
	Value float64
}

// Bar is one bar of a row of them.
type Bar struct {
	Label string // below it; may be left out by Bars where there are many
	Title string // all its numbers in words, for the pointer
	Parts []Part // from the bottom up
}

func (b Bar) sum() (sum float64) {
	for _, p := range b.Parts {
		sum += size(p.Value)
	}
	return sum
}

const (
	barsHeight = 190.0 // of the plot
	barsFoot   = 26.0  // below it, for labels
	mostLabels = 5
)

// Bars draws stacked bars side by side, with one line across for each of the
// ticks, whose labels stand beside it in the page.
func Bars(title, description string, bars []Bar, ticks []float64) template.HTML {
	var d drawing
	d.named(`class="chart-bars" width="100%" height="`+number(barsHeight+barsFoot)+`"`, title, description)
	top := 1.0
	if len(ticks) > 0 && size(ticks[0]) > 0 {
		top = ticks[0]
	}
	for i, tick := range ticks {
		class := "grid"
		if i == len(ticks)-1 {
			class = "ground"
		}
		y := 1 + (1-tick/top)*(barsHeight-2)
		d.add(`<line class="`, class, `" x1="0" x2="100%" y1="`, y, `" y2="`, y, `"/>`)
	}
	width := 100 / float64(max(len(bars), 1))
	thick := min(width*0.72, 9)
	every := (len(bars) + mostLabels - 1) / mostLabels
	for i, b := range bars {
		middle := (float64(i) + 0.5) * width
		d.add(`<g class="bar-of"><title>`, text(b.Title), `</title><rect class="hover" x="`, float64(i)*width, `%" y="0" width="`, width, `%" height="`, barsHeight, `"/>`)
		y := barsHeight - 1
		for _, p := range b.Parts {
			if h := size(p.Value) / top * (barsHeight - 2); h > 0 {
				h = min(max(h, 1), y)
				y -= h
				d.add(`<rect class="`, text(p.Class), `" x="`, middle-thick/2, `%" y="`, y, `" width="`, thick, `%" height="`, h, `"/>`)
			}
		}
		if b.Label != "" && i%every == 0 {
			d.add(`<text x="`, middle, `%" y="`, barsHeight+18, `" text-anchor="middle">`, text(b.Label), `</text>`)
		}
		d.add(`</g>`)
	}
	d.add(`</svg>`)
	return d.done()
}

// Top is the height of the highest bar.
func Top(bars []Bar) (top float64) {
	for _, b := range bars {
		top = max(top, b.sum())
	}
	return top
}

// Strip draws one bar that lies in a table's row: its parts side by side, as
// shares of the whole that the longest bar of the table has.
func Strip(title string, parts []Part, whole float64) template.HTML {
	var d drawing
	d.named(`class="chart-strip" width="100%" height="12"`, title, "")
	x := 0.0
	for _, p := range parts {
		if w := share(p.Value, whole); w > 0 {
			w = max(min(w, 100-x), 0)
			d.add(`<rect class="`, text(p.Class), `" x="`, x, `%" y="0" width="`, w, `%" height="12"/>`)
			x += w
		}
	}
	d.add(`</svg>`)
	return d.done()
}
