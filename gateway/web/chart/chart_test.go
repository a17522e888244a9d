package chart_test

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/berth-hpc/berth/gateway/web/chart"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// sound fails for what is no XML, or has what the content policy forbids.
func sound(t interface{ Errorf(string, ...any) }, svg string) {
	dec := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Errorf("not XML: %v\n%s", err, svg)
			return
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if start.Name.Local == "script" || start.Name.Local == "style" {
			t.Errorf("an element %s", start.Name.Local)
		}
		for _, a := range start.Attr {
			if a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") {
				t.Errorf("an attribute %s", a.Name.Local)
			}
		}
	}
	if bad := regexp.MustCompile(`NaN|Inf|="-|e\+`).FindString(svg); bad != "" {
		t.Errorf("%q in %s", bad, svg)
	}
}

// Whatever is drawn is sound.
func TestAnyDrawing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.Float64(), rapid.Float64Range(0, 1000), rapid.SampledFrom([]float64{0, math.NaN(), math.Inf(1), -1, 1e300}))
		part := rapid.Custom(func(t *rapid.T) chart.Part { return chart.Part{Class: "used", Value: value.Draw(t, "v")} })
		bar := rapid.Custom(func(t *rapid.T) chart.Bar {
			return chart.Bar{
				Label: rapid.String().Filter(sane).Draw(t, "label"), Title: rapid.String().Filter(sane).Draw(t, "title"),
				Parts: rapid.SliceOfN(part, 0, 4).Draw(t, "parts"),
			}
		})
		bars := rapid.SliceOfN(bar, 0, 40).Draw(t, "bars")
		sound(t, string(chart.Bars("a <b>", `"c" & d`, bars, chart.Ticks(chart.Top(bars)))))
		sound(t, string(chart.Strip("x", rapid.SliceOf(part).Draw(t, "strip"), value.Draw(t, "whole"))))
		s := chart.NewScale(value.Draw(t, "most"))
		sound(t, string(s.Axis()))
		v := chart.Spread{P10: value.Draw(t, "p10"), P25: value.Draw(t, "p25"), Median: value.Draw(t, "p50"), P75: value.Draw(t, "p75"), P90: value.Draw(t, "p90")}
		sound(t, string(s.Spread("x", v)))
		point := rapid.Custom(func(t *rapid.T) chart.Point {
			return chart.Point{At: noon.Add(time.Duration(rapid.IntRange(-100, 100).Draw(t, "min")) * time.Minute), Value: value.Draw(t, "v")}
		})
		sound(t, string(chart.Area("x", rapid.SliceOf(point).Draw(t, "points"), noon, noon.Add(time.Hour), 3*time.Minute, value.Draw(t, "top"))))
	})
}

// sane text is what XML can hold.
func sane(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || (r >= 0xd800 && r < 0xe000) || r >= 0xfffe })
}

func TestTicks(t *testing.T) {
	t.Parallel()
	for most, want := range map[float64][]float64{
		0: {1, 0.75, 0.5, 0.25, 0}, 1: {1, 0.75, 0.5, 0.25, 0}, 7: {8, 6, 4, 2, 0}, 36: {40, 30, 20, 10, 0}, 100: {100, 75, 50, 25, 0},
		1234: {1500, 1000, 500, 0}, 0.02: {0.02, 0.015, 0.01, 0.005, 0},
	} {
		got := chart.Ticks(most)
		if d := cmp.Diff(want, got, cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })); d != "" {
			t.Errorf("%g (-want +got):\n%s", most, d)
		}
	}
}

func TestAreaLeavesGaps(t *testing.T) {
	t.Parallel()
	var points []chart.Point
	for _, minute := range []int{0, 1, 2, 10, 11, 30} {
		points = append(points, chart.Point{At: noon.Add(time.Duration(minute) * time.Minute), Value: 1})
	}
	svg := string(chart.Area("x", points, noon, noon.Add(time.Hour), 3*time.Minute, 2))
	if n := strings.Count(svg, `class="line"`); n != 3 {
		t.Errorf("%d lines:\n%s", n, svg)
	}
}
