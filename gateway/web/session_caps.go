package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/berth-hpc/berth/gateway/limit"
)

// capView is the most that a session of somebody's can ask for of one thing now,
// and why, for the form's script.
type capView struct {
	Most int64  `json:"most"` // in the field's unit
	Why  string `json:"why"`
}

// budgetView is what is left of a period's GPU-hours.
type budgetView struct {
	Type string `json:"type"` // of GPU; "" for all
	Left int64  `json:"left"` // GPU-seconds
	Why  string `json:"why"`
}

// allowanceView is one limit, for people to read.
type allowanceView struct {
	What, Have, Most string
	Full             bool // nothing is left
	From             string
}

// capsOf are the bounds of a launch request's fields in a partition with these
// types of GPUs; of GPUs also by type, as "gpus/a100". Without a type, GPUs are
// those of the only one that there is, or count for all of them.
func capsOf(x limit.Explanation, types []string) map[string]capView {
	caps := map[string]capView{}
	for _, field := range []string{"gpus", "cpus", "memory", "time_limit"} {
		if e, ok := x.Most(field, anyOf(types)); ok {
			caps[field] = capView{e.Left(), whyMost(e, x.At)}
		}
	}
	for _, t := range types {
		if e, ok := x.Most("gpus", t); ok && t != "" {
			caps["gpus/"+t] = capView{e.Left(), whyMost(e, x.At)}
		}
	}
	return caps
}

// anyOf is the type of a GPU that is asked for without one: the only one, or
// "", which every type's limits hold for.
func anyOf(types []string) string {
	if len(types) == 1 {
		return types[0]
	}
	return ""
}

// budgetsOf are the GPU-hours of periods in a partition with these types of
// GPUs, the tightest first.
func budgetsOf(x limit.Explanation, types []string) []budgetView {
	all := []budgetView{}
	only := anyOf(types)
	for _, e := range x.Limits {
		if e.Field.Kind == limit.PerPeriod && (only == "" || e.GPUType == "" || strings.EqualFold(e.GPUType, only)) {
			all = append(all, budgetView{e.GPUType, e.Left(), fmt.Sprintf("%s left of %s", e.Field.Human(e.Left()), whatOf(e))})
		}
	}
	slices.SortFunc(all, func(a, b budgetView) int { return cmp.Compare(a.Left, b.Left) })
	return all
}

// appsOf are the apps that may be started there; nil for all.
func appsOf(x limit.Explanation) []string {
	for _, e := range x.Limits {
		if e.Field.Name == limit.Apps {
			return e.Apps
		}
	}
	return nil
}

// whyMost is why there is no more to be had: "GPUs at once: you have 6 of 8". A
// time limit with an end of its own comes from a maintenance.
func whyMost(e limit.Effective, at time.Time) string {
	what := whatOf(e)
	switch {
	case e.Field.Kind == limit.MayUse:
		return fmt.Sprintf("you may not use GPUs of type %s", plain(e.GPUType))
	case e.Field.Name == limit.SessionTime && !e.Until.IsZero():
		return plain(e.Source) + " until " + e.Until.In(at.Location()).Format("Mon 2 Jan 15:04 MST")
	case e.Field.Counted() && e.Have > 0 && e.Together:
		return fmt.Sprintf("%s: %s together have %s of %s", what, e.Who, e.Field.Human(e.Have), e.Field.Human(e.Max))
	case e.Field.Counted() && e.Have > 0:
		return fmt.Sprintf("%s: you have %s of %s", what, e.Field.Human(e.Have), e.Field.Human(e.Max))
	case e.SetBy == "":
		return fmt.Sprintf("%s, by %s", what, plain(e.Source))
	}
	return what
}

func whatOf(e limit.Effective) string {
	if e.GPUType == "" {
		return e.Field.Words
	}
	return e.Field.Words + " (" + plain(e.GPUType) + ")"
}

// allowancesOf are the limits with numbers, as a table shows them.
func allowancesOf(x limit.Explanation) []allowanceView {
	var all []allowanceView
	for _, e := range x.Limits {
		if e.Field.Kind == limit.MayUse && e.Max != 0 {
			continue
		}
		v := allowanceView{What: whatOf(e), Most: e.Field.Human(e.Max), From: plain(e.Source), Full: e.Left() == 0 && e.Field.Name != limit.Apps}
		if e.Field.Name == limit.Apps {
			v.Most = plain(e.Field.Format(0, e.Apps))
		}
		if e.Field.Counted() {
			v.Have = e.Field.Human(e.Have)
		}
		if e.Who != (limit.Who{}) {
			v.From = "for " + plain(e.Who.String())
			if e.Together {
				v.From += ", together"
			}
		}
		if e.SetBy != "" {
			v.From += ", set by " + plain(e.SetBy)
		}
		if e.Note != "" {
			v.From += ": " + plain(e.Note)
		}
		all = append(all, v)
	}
	for _, w := range x.Maintenance {
		all = append(all, allowanceView{
			What: "maintenance", Most: "over at " + w.Until.In(x.At.Location()).Format("Mon 2 Jan 15:04"), Full: w.From.Before(x.At),
			From: "from " + w.From.In(x.At.Location()).Format("Mon 2 Jan 15:04") + ": " + plain(w.Text),
		})
	}
	return all
}
