package limit_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/limit"
)

func TestValuesAreReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		field, text string
		value       int64
		apps        []string
		again       string
	}{
		{limit.GPUs, "8", 8, nil, "8"},
		{limit.GPUs, "0", 0, nil, "0"},
		{limit.SessionMemory, "64G", 64 << 30, nil, "64G"},
		{limit.SessionMemory, "1.5g", 3 << 29, nil, "1536M"},
		{limit.SessionTime, "1d12h", 36 * 3600, nil, "1d12h"},
		{limit.SessionTime, "1-12:00:00", 36 * 3600, nil, "1d12h"},
		{limit.GPUHoursWeek, "100", 360000, nil, "100"},
		{limit.GPUHoursWeek, "2.5h", 9000, nil, "2.5"},
		{limit.Use, "No", 0, nil, "no"},
		{limit.Use, "true", 1, nil, "yes"},
		{limit.Apps, "lab, notebook lab", 0, []string{"lab", "notebook"}, "lab, notebook"},
		{limit.Apps, "", 0, []string{}, ""},
	} {
		f, _ := limit.FieldOf(c.field)
		value, apps, err := f.Parse(c.text)
		if err != nil || value != c.value || !cmp.Equal(c.apps, apps) || f.Format(value, apps) != c.again {
			t.Errorf("%s %q: %d %q %v, written again: %q", c.field, c.text, value, apps, err, f.Format(value, apps))
		}
	}
	for field, texts := range map[string][]string{
		limit.GPUs: {"", "-1", "1.5", "many", "99999999999"}, limit.SessionMemory: {"x", "-2G", "999999999T"},
		limit.SessionTime: {"8", "-1h", "soon"}, limit.GPUHoursDay: {"-1", "1e9", "ten", ""}, limit.Use: {"", "maybe"},
		limit.Apps: {"../etc", "UPPER"},
	} {
		f, _ := limit.FieldOf(field)
		for _, text := range texts {
			if value, apps, err := f.Parse(text); err == nil {
				t.Errorf("%s %q is %d %q", field, text, value, apps)
			}
		}
	}
}

func FuzzValue(f *testing.F) {
	for _, text := range []string{"8", "64G", "1d12h", "2.75", "yes", "lab, notebook", "0.0002", "9007199254740992"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, field := range limit.Fields {
			value, apps, err := field.Parse(text)
			if err != nil {
				continue
			}
			again, appsAgain, err := field.Parse(field.Format(value, apps))
			if err != nil || again != value || !cmp.Equal(apps, appsAgain) {
				t.Errorf("%s %q: %d %q, then %d %q, %v", field.Name, text, value, apps, again, appsAgain, err)
			}
			r := limit.Rule{Who: limit.Who{Kind: limit.Everyone}, Field: field.Name, Value: value, Apps: apps}
			if err := r.Check(); err != nil {
				t.Errorf("%s %q makes a rule that is refused: %v", field.Name, text, err)
			}
		}
	})
}

func TestPeriodsFollowTheCalendar(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		v, err := time.ParseInLocation(time.DateTime, text, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		period          limit.Period
		now, from, till string
	}{
		{limit.Day, "2026-03-04 10:00:00", "2026-03-04 00:00:00", "2026-03-05 00:00:00"},
		{limit.Day, "2026-03-29 10:00:00", "2026-03-29 00:00:00", "2026-03-30 00:00:00"}, // 23 hours
		{limit.Week, "2026-03-02 00:00:00", "2026-03-02 00:00:00", "2026-03-09 00:00:00"},
		{limit.Week, "2026-03-01 23:59:59", "2026-02-23 00:00:00", "2026-03-02 00:00:00"}, // Sunday is the last day
		{limit.Month, "2026-12-31 23:59:59", "2026-12-01 00:00:00", "2027-01-01 00:00:00"},
	} {
		from, till := c.period.Bounds(at(c.now))
		if !from.Equal(at(c.from)) || !till.Equal(at(c.till)) {
			t.Errorf("%s of %s: %s to %s", c.period, c.now, from, till)
		}
	}
	if got := limit.Earliest(at("2026-03-01 12:00:00")); !got.Equal(at("2026-02-23 00:00:00")) {
		t.Errorf("earliest: %s", got)
	}
	if got := limit.Earliest(at("2026-03-31 12:00:00")); !got.Equal(at("2026-03-01 00:00:00")) {
		t.Errorf("earliest: %s", got)
	}
}
