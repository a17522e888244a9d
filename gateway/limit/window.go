package limit

import (
	"fmt"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// Margin is how much earlier than a maintenance a session has to end. Between
// the moment that a job is admitted and the one that it is held some time may
// pass in which it can start: the margin is longer than two rounds of the work
// that holds jobs, which runs each minute.
const Margin = 3 * time.Minute

// Window is a maintenance: nothing may run in it.
type Window struct {
	ID          string // 16 characters of [a-z2-7]
	Scope       Scope
	From, Until time.Time
	Text        string // what for, for people; may be ""
	SetBy       string
	SetAt       time.Time
}

// Check says everything that is wrong with the window, in an *Invalid.
func (w Window) Check() error {
	bad := &Invalid{}
	w.Scope.check(bad)
	if w.From.IsZero() {
		bad.add("from", "a maintenance has a beginning")
	}
	if !w.Until.After(w.From) {
		bad.add("until", "a maintenance ends after it begins")
	}
	if w.Until.Sub(w.From) > 366*24*time.Hour {
		bad.add("until", "a maintenance is no longer than a year")
	}
	if len(w.Text) > mostNote || !printable(w.Text) {
		bad.add("text", "the text is one line of at most %d bytes", mostNote)
	}
	return bad.orNil()
}

// Blocks reports whether something that starts now and takes so long would
// still run when the window begins, or starts in it.
func (w Window) Blocks(cluster, queue string, at time.Time, takes batch.Duration) bool {
	return w.Scope.Covers(cluster, queue) && at.Before(w.Until) && at.Add(Margin+takes.Std()).After(w.From)
}

// Longest is the longest time limit that can start now, in whole minutes; 0
// for none.
func (w Window) Longest(at time.Time) batch.Duration {
	return batch.Duration(max(w.From.Sub(at)-Margin, 0).Truncate(time.Minute))
}

// Blocked is the window that something would run into: of several the one that
// leaves the least time.
func Blocked(windows []Window, cluster, queue string, at time.Time, takes batch.Duration) (Window, bool) {
	var worst Window
	found := false
	for _, w := range windows {
		if w.Blocks(cluster, queue, at, takes) && (!found || w.From.Before(worst.From)) {
			worst, found = w, true
		}
	}
	return worst, found
}

// denied is the refusal of a request that would run into the window.
func (w Window) denied(q Request, at time.Time) *Denied {
	d := &Denied{
		Rule: w.ID, Limit: "maintenance", Field: "time_limit", What: "maintenance", Source: "a maintenance",
		Want: q.TimeLimit.String(), Max: w.Longest(at).String(), SetBy: w.SetBy, Note: w.Text, Until: w.Until,
	}
	if w.Longest(at) == 0 {
		d.Field = "queue"
	}
	d.words = w.sentence(at)
	return d
}

// sentence says what the window means for somebody who asks now.
func (w Window) sentence(at time.Time) string {
	zone := at.Location()
	if w.Longest(at) == 0 {
		return fmt.Sprintf("maintenance of %s: nothing can start until %s", w.place(), clock(w.Until.In(zone)))
	}
	return fmt.Sprintf("maintenance of %s begins %s: a session that starts now can have at most %s; longer ones again from %s",
		w.place(), clock(w.From.In(zone)), w.Longest(at), clock(w.Until.In(zone)))
}

func (w Window) place() string {
	if w.Scope == (Scope{}) {
		return "all clusters"
	}
	return w.Scope.String()
}

// clock writes a moment for people.
func clock(t time.Time) string { return t.Format("Mon 2 Jan 15:04 MST") }
