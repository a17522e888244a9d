package limit

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrMoved: a rule or window was changed or removed by somebody else since it
// was read.
var ErrMoved = errors.New("the limits have changed meanwhile")

// ErrNotFound: there is no such rule or window.
var ErrNotFound = errors.New("there is no such limit")

// Change is a rule that is set (Old nil), changed, or deleted (New nil).
type Change struct{ Old, New *Rule }

// Sign is "+", "~" or "-".
func (c Change) Sign() string {
	switch {
	case c.Old == nil:
		return "+"
	case c.New == nil:
		return "-"
	}
	return "~"
}

// String is the change in a line, with what was and what will be.
func (c Change) String() string {
	switch {
	case c.Old == nil:
		return fmt.Sprintf("+ %s: %s%s", c.New.Title(), c.New.value(), c.New.remark())
	case c.New == nil:
		return fmt.Sprintf("- %s: %s%s", c.Old.Title(), c.Old.value(), c.Old.remark())
	}
	return fmt.Sprintf("~ %s: %s%s -> %s%s", c.New.Title(), c.Old.value(), c.Old.remark(), c.New.value(), c.New.remark())
}

func (r Rule) value() string {
	if text := r.Text(); text != "" {
		return text
	}
	return "none"
}

func (r Rule) remark() string {
	if r.Note == "" {
		return ""
	}
	return fmt.Sprintf(" (%s)", r.Note)
}

// same reports whether the two set the same.
func (r Rule) same(o Rule) bool {
	return r.Key() == o.Key() && r.Value == o.Value && r.Note == o.Note && slices.Equal(r.Apps, o.Apps)
}

// Diff is what has to change so that what is wanted holds, in the order of
// Compare. Rules that are not wanted are deleted if prune is set, and left
// otherwise. The wanted rules' IDs, SetBy and SetAt are ignored.
func Diff(have, want []Rule, prune bool) []Change {
	old := map[Key]Rule{}
	for _, r := range have {
		old[r.Key()] = r
	}
	var changes []Change
	for _, r := range want {
		was, ok := old[r.Key()]
		delete(old, r.Key())
		switch {
		case !ok:
			changes = append(changes, Change{New: &r})
		case !was.same(r):
			r.ID = was.ID
			changes = append(changes, Change{Old: &was, New: &r})
		}
	}
	if prune {
		for _, r := range old {
			changes = append(changes, Change{Old: &r})
		}
	}
	subject := func(c Change) Rule {
		if c.New != nil {
			return *c.New
		}
		return *c.Old
	}
	slices.SortFunc(changes, func(a, b Change) int { return subject(a).Compare(subject(b)) })
	return changes
}

// Lines is the changes as text, a line each.
func Lines(changes []Change) string {
	var b strings.Builder
	for _, c := range changes {
		b.WriteString(c.String() + "\n")
	}
	return b.String()
}
