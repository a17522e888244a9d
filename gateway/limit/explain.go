package limit

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// Effective is one limit as it holds for somebody in one place now. Have and
// Max are in the field's unit; Have is 0 for what is not Counted.
type Effective struct {
	Rule    string // ID; "" for one of the scheduler's own
	Field   Field
	GPUType string // "": all types
	Scope   Scope  // within which is counted
	Who     Who    // whom the rule is for; zero for the scheduler's own
	// Together: Have is what all whom the rule is for hold as one.
	Together bool
	Have     int64
	Max      int64
	Apps     []string  // the ones allowed, of the field apps
	Until    time.Time // end of the period; zero: none
	Note     string
	SetBy    string // "" for the scheduler's own
	SetAt    time.Time
	Source   string // "a limit of this site", "Slurm partition gpu", "QOS short"
}

// siteSource is where an admin's rules come from.
const siteSource = "a limit of this site"

// Left is how much can still be asked for.
func (e Effective) Left() int64 { return max(e.Max-e.Have, 0) }

func effective(r Rule, used Usage) Effective {
	f, _ := FieldOf(r.Field)
	e := Effective{
		Rule: r.ID, Field: f, GPUType: r.GPUType, Scope: r.Scope, Who: r.Who, Together: r.Together,
		Have: used.account(r).have(f, r.Scope, r.GPUType, used.At), Max: r.Value, Apps: r.Apps,
		Note: r.Note, SetBy: r.SetBy, SetAt: r.SetAt, Source: siteSource,
	}
	if f.Kind == PerPeriod {
		_, e.Until = f.Period.Bounds(used.At)
	}
	return e
}

// Explanation is everything that limits somebody in one place now. What it
// says and what is admitted are the same: Admit is how a launch is judged.
type Explanation struct {
	Cluster, Queue string
	At             time.Time
	Limits         []Effective
	Maintenance    []Window // now or to come, the earliest first
	// Refusal is why the scheduler would not take a job of this person here at
	// all, in a sentence; "" if it would, or if that is not known.
	Refusal string
	// Contact is whom those may ask who are stopped.
	Contact string
}

// Admit returns nil, or the refusal of the rule that is in the way: the first
// in the order of Fields, of one field the one that leaves the least.
func (x Explanation) Admit(q Request) *Denied {
	var worst *Effective
	for i := range x.Limits {
		e := &x.Limits[i]
		if e.stops(q) && (worst == nil || e.before(*worst)) {
			worst = e
		}
	}
	if worst != nil {
		d := worst.denied(q, x.At)
		d.Contact = x.Contact
		return d
	}
	if w, ok := Blocked(x.Maintenance, x.Cluster, x.Queue, x.At, q.TimeLimit); ok {
		d := w.denied(q, x.At)
		d.Contact = x.Contact
		return d
	}
	return nil
}

// Closed returns the refusal that everything here would meet, whatever it asks
// for; nil if something can be asked for.
func (x Explanation) Closed() *Denied {
	if x.Refusal != "" {
		return &Denied{Limit: Use, Field: "queue", What: x.Refusal, Source: "the scheduler", Contact: x.Contact}
	}
	return x.Admit(Request{Cluster: x.Cluster, Queue: x.Queue, App: anyApp, Resources: batch.Resources{Memory: 1}})
}

// anyApp is a request's app that every list allows but an empty one.
const anyApp = "*"

// Tightest is what the field leaves to ask for, for GPUs of that type ("" for
// any), and the limit that says so; false if nothing limits it. For
// session.gpus, session.cpus and so on see Most.
func (x Explanation) Tightest(field, gpuType string) (Effective, bool) {
	var tight Effective
	found := false
	for _, e := range x.Limits {
		if e.Field.Name == field && ofType(e.GPUType, gpuType) && (!found || e.Left() < tight.Left()) {
			tight, found = e, true
		}
	}
	return tight, found
}

// Most is how much one session can ask for now, and the limit that says so:
// GPUs (of that type, "" for any), CPUs, memory or time, by the field of a
// launch request: "gpus", "cpus", "memory", "time_limit". Limits per session
// and at once are both in it, for gpus also what may not be used at all, for
// time_limit also planned maintenance, but not GPU-hours, which are a product
// of the two. False if nothing limits it.
func (x Explanation) Most(ask, gpuType string) (Effective, bool) {
	var tight Effective
	found := false
	for _, e := range x.Limits {
		if ask == "gpus" && e.Field.Name == Use && e.GPUType != "" && e.Max == 0 && ofType(e.GPUType, gpuType) {
			return e, true
		}
		if e.Field.Ask != ask || e.Field.Kind == PerPeriod || e.Field.Kind == MayUse || !ofType(e.GPUType, gpuType) {
			continue
		}
		if !found || e.Left() < tight.Left() {
			tight, found = e, true
		}
	}
	if ask == "time_limit" && len(x.Maintenance) > 0 {
		w := x.Maintenance[0]
		longest := int64(w.Longest(x.At).Std().Seconds())
		if !found || longest < tight.Left() {
			f, _ := FieldOf(SessionTime)
			tight, found = Effective{
				Rule: w.ID, Field: f, Scope: w.Scope, Max: longest, Until: w.Until, Note: w.Text, SetBy: w.SetBy,
				SetAt: w.SetAt, Source: "maintenance from " + clock(w.From.In(x.At.Location())),
			}, true
		}
	}
	return tight, found
}

// stops reports whether the request would break the limit.
func (e Effective) stops(q Request) bool {
	r := q.Resources
	if e.GPUType != "" && (r.GPUs == 0 || !ofType(e.GPUType, r.GPUType)) {
		return false
	}
	switch e.Field.Name {
	case Use:
		return e.Max == 0
	case Apps:
		return len(e.Apps) == 0 || q.App != anyApp && !slices.Contains(e.Apps, q.App)
	case SessionMemory:
		return r.Memory == 0 || int64(r.Memory) > e.Max
	}
	want := q.want(e.Field)
	return want > 0 && e.Have+want > e.Max
}

func (e Effective) before(o Effective) bool {
	return cmp.Or(byField(e.Field.Name, o.Field.Name), cmp.Compare(e.Left(), o.Left()), cmp.Compare(e.Rule, o.Rule)) < 0
}

// denied puts into words what stops the request.
func (e Effective) denied(q Request, at time.Time) *Denied {
	f := e.Field
	d := &Denied{
		Rule: e.Rule, Limit: f.Name, Field: f.Ask, What: e.what(), SetBy: e.SetBy, Source: e.Source, Note: e.Note, Until: e.Until,
	}
	if e.Who != (Who{}) {
		d.For = e.Who.String()
	}
	switch {
	case f.Name == Use && e.GPUType != "":
		d.Field = "gpu_type"
		d.words = fmt.Sprintf("you may not use GPUs of type %s", e.GPUType)
	case f.Name == Use:
		d.words = "you may not use " + cmp.Or(q.Queue, "this")
	case f.Name == Apps:
		d.Want, d.Max = q.App, cmp.Or(f.Format(0, e.Apps), "none")
		d.words = fmt.Sprintf("you may not start %s here; possible: %s", d.Want, d.Max)
		if q.App == anyApp {
			d.Want, d.words = "", "no app may be started here"
		}
	case f.Name == SessionMemory && q.Resources.Memory == 0:
		d.Max = f.Human(e.Max)
		d.words = fmt.Sprintf("%s: at most %s; say how much you need", d.What, d.Max)
	case f.Kind == PerSession:
		d.Want, d.Max = f.Human(q.want(f)), f.Human(e.Max)
	default:
		d.Have, d.Want, d.Max = f.Human(e.Have), f.Human(q.want(f)), f.Human(e.Max)
		d.words = e.atOnce(d, at)
	}
	return d
}

// what names the field with GPU type and place, where the rule has them.
func (e Effective) what() string {
	text := e.Field.Words
	if e.GPUType != "" {
		text += " (" + e.GPUType + ")"
	}
	if e.Scope != (Scope{}) {
		text += " in " + e.Scope.String()
	}
	return text
}

func (e Effective) atOnce(d *Denied, at time.Time) string {
	have := "you have " + d.Have
	if e.Together {
		have = e.Who.String() + " together have " + d.Have
	}
	if e.Field.Kind == PerPeriod {
		have = "you have used or asked for " + d.Have
		if e.Together {
			have = e.Who.String() + " together have used or asked for " + d.Have
		}
	}
	text := fmt.Sprintf("%s: %s and ask for %s more, at most %s", d.What, have, d.Want, d.Max)
	if !e.Until.IsZero() {
		text += "; the " + string(e.Field.Period) + " ends " + clock(e.Until.In(at.Location()))
	}
	return text
}
