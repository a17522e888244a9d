package limit_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/limit"
)

// TestRefusalsSayEverything: the numbers, who has set them, why, until when and
// whom to ask.
func TestRefusalsSayEverything(t *testing.T) {
	t.Parallel()
	used := limit.Usage{Own: limit.Account{Held: []limit.Held{held("gpu", 6, "a100", false)}}, Together: shared("ml", 30).Together}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		rule limit.Rule
		want string
	}{
		{
			limit.Rule{Who: group("ml"), Field: limit.GPUs, Value: 8, Note: "fair share"},
			"GPUs at once: you have 6 and ask for 4 more, at most 8 (set by carol for group ml): fair share; ask hpc@example.org",
		},
		{
			limit.Rule{Who: group("ml"), Field: limit.GPUs, Value: 32, Together: true, Scope: limit.Scope{Queue: "gpu"}},
			"GPUs at once in partition gpu: group ml together have 30 and ask for 4 more, at most 32 (set by carol for group ml); ask hpc@example.org",
		},
		{
			limit.Rule{Who: everyone, Field: limit.GPUHoursWeek, Value: 13 * 3600},
			"GPU-hours per week: you have used or asked for 12 GPU-hours and ask for 8 GPU-hours more, at most 13 GPU-hours; " +
				"the week ends Mon 9 Mar 00:00 CET (set by carol for everyone); ask hpc@example.org",
		},
		{
			limit.Rule{Who: everyone, Field: limit.SessionGPUs, GPUType: "a100", Value: 2},
			"GPUs per session (a100): 4 asked, at most 2 (set by carol for everyone); ask hpc@example.org",
		},
		{
			limit.Rule{Who: everyone, Field: limit.Use, Note: "staff only"},
			"you may not use gpu (set by carol for everyone): staff only; ask hpc@example.org",
		},
	} {
		used.At = monday.In(berlin)
		x := rules(c.rule).Explain(alice, "hpc", "gpu", used)
		x.Contact = "mailto:hpc@example.org"
		d := x.Admit(ask("gpu", 4, "a100"))
		if d == nil || d.Error() != c.want {
			t.Errorf("%v\nwant %s", d, c.want)
		}
	}
}

func TestMaintenanceIsExplained(t *testing.T) {
	t.Parallel()
	w := limit.Window{
		ID: "windowwindowwind", From: monday.Add(3 * time.Hour), Until: monday.Add(9 * time.Hour), Text: "new disks", SetBy: "carol",
	}
	set := limit.Set{Maintenance: []limit.Window{w}}
	fits := ask("gpu", 0, "")
	if err := decide(set, carol, fits, limit.Usage{}); err != nil {
		t.Errorf("it ends well before: %v", err)
	}
	long := fits
	long.TimeLimit = batch.Duration(3 * time.Hour)
	var d *limit.Denied
	err := decide(set, carol, long, limit.Usage{})
	if !errors.As(err, &d) || d.Field != "time_limit" || d.Max != "2h57m" || !d.Until.Equal(w.Until) ||
		!strings.Contains(err.Error(), "at most 2h57m; longer ones again from Mon 2 Mar 21:00 UTC") || !strings.Contains(err.Error(), "new disks") {
		t.Errorf("it would run into it: %v", err)
	}
	long.TimeLimit = batch.Duration(2*time.Hour + 57*time.Minute)
	if err := decide(set, carol, long, limit.Usage{}); err != nil {
		t.Errorf("the longest possible: %v", err)
	}
	x := set.Explain(carol, "hpc", "gpu", limit.Usage{At: monday})
	if most, ok := x.Most("time_limit", ""); !ok || most.Left() != int64((2*time.Hour+57*time.Minute).Seconds()) || x.Closed() != nil {
		t.Errorf("most: %+v, %v; closed: %v", most, ok, x.Closed())
	}
	x = set.Explain(carol, "hpc", "gpu", limit.Usage{At: monday.Add(4 * time.Hour)})
	if d := x.Closed(); d == nil || !strings.Contains(d.Error(), "nothing can start until Mon 2 Mar 21:00 UTC") {
		t.Errorf("during it: %v", d)
	}
	if x = set.Explain(carol, "hpc", "gpu", limit.Usage{At: w.Until}); x.Closed() != nil || len(x.Maintenance) != 0 {
		t.Errorf("after it: %v", x.Closed())
	}
	set.Maintenance[0].Scope.Queue = "big"
	if x = set.Explain(carol, "hpc", "gpu", limit.Usage{At: monday.Add(4 * time.Hour)}); x.Closed() != nil {
		t.Errorf("of another partition: %v", x.Closed())
	}
}

// TestWhatCannotBeReadRefuses: nothing is admitted under a rule that makes no
// sense.
func TestWhatCannotBeReadRefuses(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]limit.Rule{
		"an unknown field":     {Who: everyone, Field: "gpu", Value: 1},
		"an unknown subject":   {Who: limit.Who{Kind: "robot", Name: "r2"}, Field: limit.GPUs},
		"together per session": {Who: everyone, Field: limit.SessionGPUs, Together: true},
		"a type of CPU":        {Who: everyone, Field: limit.CPUs, GPUType: "epyc"},
		"a negative number":    {Who: everyone, Field: limit.CPUs, Value: -1},
		"maybe":                {Who: everyone, Field: limit.Use, Value: 2},
		"apps without a list":  {Who: everyone, Field: limit.Apps, Value: 1},
		"a group without name": {Who: group(""), Field: limit.CPUs},
	} {
		err := decide(rules(r), alice, ask("cpu", 0, ""), limit.Usage{})
		if !errors.Is(err, limit.ErrUnreadable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	bad := limit.Set{Maintenance: []limit.Window{{From: monday, Until: monday.Add(-time.Hour)}}}
	if err := decide(bad, alice, ask("cpu", 0, ""), limit.Usage{}); !errors.Is(err, limit.ErrUnreadable) {
		t.Errorf("a window that ends before it begins: %v", err)
	}
}
