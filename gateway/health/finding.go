package health

import (
	"cmp"
	"slices"
)

// Severity says how much a finding hurts.
type Severity string

// The severities, the worst first.
const (
	Broken  Severity = "broken"  // people cannot do something
	Warning Severity = "warning" // it will hurt, or it makes something worse
	Notice  Severity = "notice"  // worth knowing
)

func (s Severity) rank() int { return slices.Index([]Severity{Broken, Warning, Notice}, s) }

// Finding is one thing that is not as it should be.
type Finding struct {
	Code     string   `json:"code"` // "B-001"
	Severity Severity `json:"severity"`
	Title    string   `json:"title"`  // what it is, in a few words
	Detail   string   `json:"detail"` // what was seen
	Fix      string   `json:"fix"`    // what to do
}

// Kind is an entry of the catalogue: a finding before it was found.
type Kind struct {
	Code     string
	Severity Severity
	Title    string
	Means    string // for whom it matters and how
	Fix      string
}

// found makes a finding of this kind.
func (k Kind) found(detail string) Finding {
	return Finding{Code: k.Code, Severity: k.Severity, Title: k.Title, Detail: detail, Fix: k.Fix}
}

// sorted puts the worst first, and among equals the smallest code.
func sorted(list []Finding) []Finding {
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Severity.rank(), b.Severity.rank()), cmp.Compare(a.Code, b.Code))
	})
	return list
}
