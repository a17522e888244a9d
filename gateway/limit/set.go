package limit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Set is the rules and maintenance windows of a site, or those of them that
// concern somebody.
type Set struct {
	Rules       []Rule
	Maintenance []Window
}

// Check says with ErrUnreadable which rule cannot be understood.
func (s Set) Check() error {
	for _, r := range s.Rules {
		if err := r.Check(); err != nil {
			return fmt.Errorf("%w: limit %s: %w", ErrUnreadable, r.ID, err)
		}
	}
	for _, w := range s.Maintenance {
		if err := w.Check(); err != nil {
			return fmt.Errorf("%w: maintenance %s: %w", ErrUnreadable, w.ID, err)
		}
	}
	return nil
}

// Holding are the rules that hold for the person in that place, after the more
// specific ones have taken the place of the others, in the order of Fields.
// Cluster or queue may be "": then only rules about all of them are meant.
func (s Set) Holding(who Subject, cluster, queue string) []Rule {
	best := map[Key]Rule{}
	var holding []Rule
	for _, r := range s.Rules {
		if !r.Scope.Covers(cluster, queue) || !r.Who.Is(who) {
			continue
		}
		if r.Together {
			holding = append(holding, r)
			continue
		}
		k := r.Key()
		k.Who, k.GPUType = Who{}, strings.ToLower(k.GPUType)
		if old, ok := best[k]; ok {
			r = prefer(old, r)
		}
		best[k] = r
	}
	for _, r := range best {
		holding = append(holding, r)
	}
	slices.SortFunc(holding, func(a, b Rule) int {
		return cmp.Or(byField(a.Field, b.Field), a.Compare(b))
	})
	return holding
}

// prefer is which of two rules about the same holds for somebody to whom both
// apply. Lists of two groups are joined.
func prefer(a, b Rule) Rule {
	switch {
	case a.Who.rank() != b.Who.rank():
		if a.Who.rank() > b.Who.rank() {
			return a
		}
		return b
	case b.ID < a.ID:
		a, b = b, a
	}
	if a.Field == Apps {
		a.Apps = slices.Compact(slices.Sorted(slices.Values(slices.Concat(a.Apps, b.Apps))))
		return a
	}
	if b.Value > a.Value {
		return b
	}
	return a
}

// Counting is what has to be counted to judge the person's requests in the
// places.
func (s Set) Counting(who Subject, places ...Scope) Counting {
	var c Counting
	for _, p := range places {
		for _, r := range s.Holding(who, p.Cluster, p.Queue) {
			f, _ := FieldOf(r.Field)
			c.GPUTime = c.GPUTime || f.Kind == PerPeriod
			if r.Together {
				c.Together = append(c.Together, r.Who)
			}
		}
	}
	slices.SortFunc(c.Together, Who.compare)
	c.Together = slices.Compact(c.Together)
	return c
}

// Explain says what holds for the person in that place now. The usage must be
// what Counting asks for.
func (s Set) Explain(who Subject, cluster, queue string, used Usage) Explanation {
	e := Explanation{Cluster: cluster, Queue: queue, At: used.At}
	for _, r := range s.Holding(who, cluster, queue) {
		e.Limits = append(e.Limits, effective(r, used))
	}
	for _, w := range s.Maintenance {
		if w.Scope.Covers(cluster, queue) && used.At.Before(w.Until) {
			e.Maintenance = append(e.Maintenance, w)
		}
	}
	slices.SortFunc(e.Maintenance, func(a, b Window) int { return a.From.Compare(b.From) })
	return e
}

// Admission is a request to be judged with what is true in one transaction.
type Admission struct {
	Who     Subject
	Request Request
	// At is now, in the site's time zone.
	At time.Time
}

// Counting is what has to be counted to judge the request.
func (a Admission) Counting(s Set) Counting {
	return s.Counting(a.Who, Scope{a.Request.Cluster, a.Request.Queue})
}

// Decide returns nil, the *Denied of a rule that the request would break, or
// ErrUnreadable.
func (a Admission) Decide(s Set, used Usage) error {
	if err := s.Check(); err != nil {
		return err
	}
	used.At = a.At
	if d := s.Explain(a.Who, a.Request.Cluster, a.Request.Queue, used).Admit(a.Request); d != nil {
		return d
	}
	return nil
}
