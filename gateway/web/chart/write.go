package chart

import (
	"html/template"
	"math"
	"strconv"
	"strings"
)

// drawing is SVG in the making. Text is escaped, numbers are short.
type drawing struct{ strings.Builder }

func (d *drawing) add(parts ...any) {
	for _, part := range parts {
		switch v := part.(type) {
		case text:
			template.HTMLEscape(d, []byte(v))
		case string:
			d.WriteString(v)
		case float64:
			d.WriteString(number(v))
		case int:
			d.WriteString(strconv.Itoa(v))
		}
	}
}

// text is foreign: it is escaped.
type text string

// named begins an element that is one picture for those who cannot see it.
func (d *drawing) named(attributes, title, description string) {
	d.add(`<svg `, attributes, ` role="img" aria-label="`, text(title), `"><title>`, text(title), `</title>`)
	if description != "" {
		d.add(`<desc>`, text(description), `</desc>`)
	}
}

func (d *drawing) done() template.HTML {
	return template.HTML(d.String()) //nolint:gosec // all foreign text went through text
}

// number has two digits after the point at most.
func number(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "0"
	}
	if v = math.Round(v*100) / 100; v == 0 {
		v = 0 // not -0
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// mostSize is the largest value that is drawn.
const mostSize = 1e15

// size is v where it can be drawn, and 0 where not.
func size(v float64) float64 {
	if !(v > 0) {
		return 0
	}
	return min(v, mostSize)
}

// share is v as a percentage of the whole, from 0 to 100.
func share(v, whole float64) float64 {
	v, whole = size(v), size(whole)
	if whole == 0 {
		return 0
	}
	return min(v/whole, 1) * 100
}

// Ticks are the marks of an axis from 0 to at least most, evenly apart, the
// highest first: three to five of them, round numbers.
func Ticks(most float64) []float64 {
	if most = size(most); most < 1e-9 {
		most = 1
	}
	step := math.Pow(10, math.Floor(math.Log10(most/3)))
	for _, k := range []float64{1, 2, 2.5, 5, 10} {
		if most/(k*step) <= 4 {
			step *= k
			break
		}
	}
	n := math.Ceil(most/step - 1e-9)
	var ticks []float64
	for i := n; i >= 0; i-- {
		ticks = append(ticks, i*step)
	}
	return ticks
}
