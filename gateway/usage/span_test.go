package usage_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/usage"
)

func TestAsk(t *testing.T) {
	t.Parallel()
	now := noon.Add(11 * time.Hour) // still the same day in UTC
	for name, c := range map[string]struct {
		ask      usage.Ask
		from, to string
		bad      string
	}{
		"the last days":   {usage.Ask{By: "user"}, "2026-02-13", "2026-03-14", ""},
		"until a day":     {usage.Ask{By: "day", To: "2026-01-31"}, "2026-01-02", "2026-01-31", ""},
		"one day":         {usage.Ask{By: "gpu", From: "2026-03-14", To: "2026-03-14"}, "2026-03-14", "2026-03-14", ""},
		"ten years":       {usage.Ask{By: "day", From: "2016-04-01"}, "2016-04-01", "2026-03-14", ""},
		"backwards":       {usage.Ask{By: "user", From: "2026-03-15"}, "", "", "to is before from"},
		"for ever":        {usage.Ask{By: "user", From: "0001-01-02"}, "", "", "from and to are more than"},
		"no day":          {usage.Ask{By: "user", From: "2026-02-30"}, "", "", "from must be a day"},
		"no day either":   {usage.Ask{By: "user", To: "today"}, "", "", "to must be a day"},
		"by what?":        {usage.Ask{By: "shoe size"}, "", "", "by must be one of user, group"},
		"by nothing":      {usage.Ask{}, "", "", "by must be"},
		"not yet, so far": {usage.Ask{By: "user", To: "2026-12-31"}, "2026-12-02", "2026-12-31", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q, err := c.ask.Query(now)
			var bad *usage.BadQuery
			switch {
			case c.bad != "":
				if !errors.As(err, &bad) || !strings.HasPrefix(err.Error(), c.bad) || bad.Invalid().Faults[0].Field != bad.Field {
					t.Errorf("%v, want %q", err, c.bad)
				}
			case err != nil || q.From.Format(time.DateOnly) != c.from || q.To.Format(time.DateOnly) != c.to:
				t.Errorf("%s to %s, %v", q.From, q.To, err)
			}
		})
	}
}

func FuzzAsk(f *testing.F) {
	f.Add("2026-01-01", "2026-03-14", "user")
	f.Add("9999-12-31", "0000-01-01", "day")
	f.Fuzz(func(t *testing.T, from, to, by string) {
		q, err := usage.Ask{From: from, To: to, By: by}.Query(noon)
		if err == nil && (q.To.Before(q.From) || q.To.Sub(q.From) > usage.MostDays*24*time.Hour) {
			t.Errorf("%s to %s", q.From, q.To)
		}
	})
}

func TestCSV(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	rows := []usage.Row{{Key: "alice", Starts: 2, GPUHeld: 1.25}, {Key: `=cmd|' /C calc'!A0`}, {Key: "a,\"b\"\nc"}, {}}
	if err := usage.CSV(&b, usage.ByUser, rows); err != nil {
		t.Fatal(err)
	}
	want := "user,starts,gpu_hours_asked,gpu_hours_held,gpu_hours_used,gpu_hours_seen,gpu_hours_idle," +
		"cpu_hours_asked,cpu_hours_held,cpu_hours_used,cpu_hours_seen,cpu_hours_idle\n" +
		"alice,2,0.000,1.250,0.000,0.000,0.000,0.000,0.000,0.000,0.000,0.000\n" +
		"'=cmd|' /C calc'!A0,0,0.000,0.000,0.000,0.000,0.000,0.000,0.000,0.000,0.000,0.000\n" +
		"\"a,\"\"b\"\"\nc\",0,0.000,0.000,0.000,0.000,0.000,0.000,0.000,0.000,0.000,0.000\n" +
		",0,0.000,0.000,0.000,0.000,0.000,0.000,0.000,0.000,0.000,0.000\n"
	if b.String() != want {
		t.Errorf("%q\nwant\n%q", b.String(), want)
	}
}

func TestVeil(t *testing.T) {
	t.Parallel()
	a, b := usage.NewVeil([]byte("a")), usage.NewVeil([]byte("b"))
	if again := usage.NewVeil([]byte("a")); a.Name("alice") != again.Name("alice") || a.Name("alice") == a.Name("bob") || a.Name("alice") == b.Name("alice") {
		t.Error("a pseudonym is not of its name and key")
	}
	if strings.Contains(a.Name("alice"), "alice") || (usage.Veil{}).Known() || !a.Known() {
		t.Error(a.Name("alice"))
	}
}
