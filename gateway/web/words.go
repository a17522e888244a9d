package web

import (
	"fmt"
	"strconv"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// span says how long something takes, in the two largest units: "1 h 20 min".
// The script static/js/time.js says it in the same words.
func span(d time.Duration) string {
	d = d.Abs()
	s, m, h := int(d/time.Second), int(d/time.Minute), int(d/time.Hour)
	switch {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case m < 60:
		return fmt.Sprintf("%d min", m)
	case h < 24 && m%60 == 0:
		return fmt.Sprintf("%d h", h)
	case h < 24:
		return fmt.Sprintf("%d h %d min", h, m%60)
	case h%24 == 0:
		return fmt.Sprintf("%d d", h/24)
	}
	return fmt.Sprintf("%d d %d h", h/24, h%24)
}

// moment is a point in time as pages show it: exact in an attribute, for the
// script that shows it in the reader's time zone, and as text in UTC.
type moment struct {
	At   time.Time
	Mode string // for the script: "clock", "date", "ago", "left"
	Text string
}

// ISO is the exact time for the datetime attribute (RFC 3339).
func (m moment) ISO() string { return m.At.UTC().Format(time.RFC3339) }

// IsZero reports whether there is nothing to show.
func (m moment) IsZero() bool { return m.At.IsZero() }

// clock shows a time of today as "15:04", any other with its date.
func clock(t, now time.Time) moment {
	t, now = t.UTC(), now.UTC()
	layout := "15:04 UTC"
	if t.YearDay() != now.YearDay() || t.Year() != now.Year() {
		layout = "2 Jan 15:04 UTC"
	}
	return moment{At: t, Mode: "clock", Text: t.Format(layout)}
}

// day shows a date only.
func day(t time.Time) moment {
	return moment{At: t, Mode: "date", Text: t.UTC().Format("2 Jan 2006")}
}

// ago shows how long ago something was, in the largest unit.
func ago(t, now time.Time) moment {
	text := "just now"
	if d := now.Sub(t); d >= time.Minute {
		for _, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute} {
			if d >= unit {
				text = span(d.Truncate(unit)) + " ago"
				break
			}
		}
	}
	return moment{At: t, Mode: "ago", Text: text}
}

// left shows how long it is until something, to the minute.
func left(t, now time.Time) moment {
	d := t.Sub(now)
	text := "0 min"
	switch {
	case d >= time.Minute:
		text = span(d.Truncate(time.Minute))
	case d > 0:
		text = "less than 1 min"
	}
	return moment{At: t, Mode: "left", Text: text}
}

// since shows how long something has lasted, to the minute.
func since(t, now time.Time) moment {
	text := "less than 1 min"
	if d := now.Sub(t); d >= time.Minute {
		text = span(d.Truncate(time.Minute))
	}
	return moment{At: t, Mode: "since", Text: text}
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// resources says what a session has: "2 × a100", "8 CPUs", "32 GB".
func resources(r batch.Resources) []string {
	var words []string
	if r.GPUs > 0 {
		kind := r.GPUType
		if kind == "" {
			kind = "GPU"
		}
		words = append(words, fmt.Sprintf("%d × %s", r.GPUs, plain(kind)))
	}
	if r.CPUs > 0 {
		words = append(words, count(r.CPUs, "CPU", "CPUs"))
	}
	if r.Memory > 0 {
		words = append(words, r.Memory.Human())
	}
	return words
}

// zone is the site's time zone, as forms name it.
func (w *Web) zone() string {
	if name := w.Sessions.Zone.String(); name != "Local" {
		return name
	}
	return "the site's time"
}
