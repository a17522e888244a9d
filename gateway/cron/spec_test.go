package cron_test

import (
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/cron"
)

func TestSpecsSayWhen(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 3, 27, 12, 0, 0, 0, time.UTC) // a Friday, two days before the clocks change
	for spec, want := range map[string]string{
		"15 3 * * *":  "2026-03-28 02:15:00", // 03:15 in Berlin
		"0 6 * * mon": "2026-03-30 04:00:00", // summer time by then
		"@daily":      "2026-03-27 23:00:00",
		"@hourly":     "2026-03-27 13:00:00",
		"@every 90s":  "2026-03-27 12:01:30",
		" @every 2s ": "2026-03-27 12:00:02",
		"0 0 29 2 *":  "2028-02-28 23:00:00",
	} {
		s, err := cron.Parse(spec, berlin)
		if err != nil {
			t.Errorf("%q: %v", spec, err)
			continue
		}
		if got := s.Next(from).UTC().Format(time.DateTime); got != want {
			t.Errorf("%q: next is %s, want %s", spec, got, want)
		}
	}
	off, err := cron.Parse("off", berlin)
	if err != nil || !off.Never() || !off.Next(from).IsZero() {
		t.Errorf("off: %v, next %v", err, off.Next(from))
	}
}

func TestFaultySpecsAreRefused(t *testing.T) {
	t.Parallel()
	for _, spec := range []string{
		"", "daily", "* * * *", "* * * * * *", "61 * * * *", "0 0 31 2 *", "@every", "@every soon", "@every -1s",
		"@every 1ms", "TZ=UTC", "CRON_TZ=UTC 0 0 * * *", "TZ=UTC 0 0 * * *", "@reboot", "* * * * *\x00",
	} {
		if s, err := cron.Parse(spec, time.UTC); err == nil {
			t.Errorf("%q is taken; next %v", spec, s.Next(time.Now()))
		}
	}
}

func TestWhatHasPassedIsCounted(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		spec        string
		span        time.Duration
		n           int
		first, last string
	}{
		{"15 3 * * *", 15 * time.Hour, 0, "", ""},
		{"15 3 * * *", 15*time.Hour + 15*time.Minute, 1, "11-02 03:15:00", "11-02 03:15:00"},
		{"15 3 * * *", 7 * 24 * time.Hour, 7, "11-02 03:15:00", "11-08 03:15:00"},
		{"@every 5s", 4 * time.Second, 0, "", ""},
		{"@every 5s", time.Hour, 720, "11-01 12:00:05", "11-01 13:00:00"},
		{"off", 999 * time.Hour, 0, "", ""},
	} {
		s, err := cron.Parse(c.spec, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		n, first, last := s.Passed(from, from.Add(c.span))
		say := func(at time.Time) string {
			if at.IsZero() {
				return ""
			}
			return at.Format("01-02 15:04:05")
		}
		if n != c.n || say(first) != c.first || say(last) != c.last {
			t.Errorf("%s for %s: %d, %s to %s; want %d, %s to %s", c.spec, c.span, n, say(first), say(last), c.n, c.first, c.last)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"15 3 * * *", "@every 90s", "@daily", "off", "TZ=UTC", "*/5 1-4,7 * jan-mar mon", "@every 1h30m"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		s, err := cron.Parse(spec, time.UTC)
		if err != nil {
			return
		}
		from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		next := s.Next(from)
		if s.Never() != next.IsZero() || !next.IsZero() && !next.After(from) {
			t.Errorf("%q: never %v, next %v", spec, s.Never(), next)
		}
		if strings.Contains(spec, "TZ=") {
			t.Errorf("%q has a zone of its own", spec)
		}
	})
}
