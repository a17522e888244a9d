package slurm

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseTime(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "0", "None", "Unknown", "NONE"} {
		if got, err := parseTime(s); err != nil || !got.IsZero() {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
	if got, err := parseTime("1795437008"); err != nil || !got.Equal(time.Date(2026, 11, 23, 12, 30, 8, 0, time.UTC)) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, s := range []string{"2026-11-23T12:30:08", "-5", "1e9", "99999999999999999", "x"} {
		if got, err := parseTime(s); err == nil {
			t.Errorf("%q was read as %v", s, got)
		}
	}
}

func TestParseLimit(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for s, want := range map[string]time.Duration{
		"10:00": 10 * time.Minute, "0:30": 30 * time.Second, "1:00:00": time.Hour, "01:30:00": 90 * time.Minute,
		"1-00:00:00": day, "69-10:40:00": 69*day + 10*time.Hour + 40*time.Minute, "2-12": 2*day + 12*time.Hour,
		"1-02:30": day + 2*time.Hour + 30*time.Minute, "90": 90 * time.Minute,
		"UNLIMITED": 0, "NOT_SET": 0, "INFINITE": 0, "NONE": 0, "Partition_Limit": 0, "": 0, "INVALID": 0,
		"999999999-00:00:00": 36500 * day, "999999999:00:00": 36500 * day,
	} {
		got, err := parseLimit(s)
		if err != nil || got.Std() != want {
			t.Errorf("%q: got %v, want %v (%v)", s, got.Std(), want, err)
		}
	}
	for _, s := range []string{"x", "1:2:3:4", "-1", "1-", "1--2", "10:", ":10", "1h", "1.5"} {
		if got, err := parseLimit(s); err == nil {
			t.Errorf("%q was read as %v", s, got)
		}
	}
}

func TestParseExit(t *testing.T) {
	t.Parallel()
	code := func(n int) exit { return exit{code: &n} }
	for s, want := range map[string]exit{
		"": {}, "0": code(0), "768": code(3), "9": {signal: 9}, "15": {signal: 15}, "139": {signal: 11}, "4021": {signal: 53},
		"0:0": code(0), "3:0": code(3), "0:9": {signal: 9}, "255:0": code(255), "1:15": {signal: 15},
	} {
		got, err := parseExit(s)
		if err != nil {
			t.Errorf("%q: %v", s, err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(exit{})); diff != "" {
			t.Errorf("%q: %s", s, diff)
		}
	}
	for _, s := range []string{"x", "-1", "767", "1:", ":1", "1:x", "99999999999", "1:2:3"} {
		if _, err := parseExit(s); err == nil {
			t.Errorf("%q was accepted", s)
		}
	}
}

func FuzzValues(f *testing.F) {
	for _, s := range []string{"10:00", "1-02:03:04", "768", "767", "0:9", "1795437008", "UNLIMITED", "-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := parseLimit(s); err == nil && (d < 0 || d.Std() > 36500*24*time.Hour) {
			t.Errorf("%q is a limit of %v", s, d.Std())
		}
		if e, err := parseExit(s); err == nil && (e.signal < 0 || e.code != nil && (*e.code < 0 || e.signal != 0)) {
			t.Errorf("%q is the exit %+v", s, e)
		}
		if at, err := parseTime(s); err == nil && at.Year() > 40000 {
			t.Errorf("%q is the time %v", s, at)
		}
	})
}
