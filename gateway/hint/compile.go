package hint

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/berth-hpc/berth/gateway/session"
)

//go:embed builtin.yaml
var builtin []byte

// Table is rules that have been checked, the site's before the built-in ones.
type Table struct{ rules []compiled }

type compiled struct {
	Rule
	text   template
	log    *regexp.Regexp // nil: the log does not matter
	change []step
}

// Builtin is the table of a site that adds nothing.
func Builtin() Table {
	t, err := Compile(nil)
	if err != nil {
		panic(err) // a test compiles it
	}
	return t
}

// Empty reports whether the table was never made.
func (t Table) Empty() bool { return len(t.rules) == 0 }

// Compile makes a table of a site's rules and the built-in ones. Its errors are
// *Fault, joined, one for each thing that is wrong.
func Compile(site []Rule) (Table, error) {
	var own []Rule
	d := yaml.NewDecoder(bytes.NewReader(builtin))
	d.KnownFields(true)
	if err := d.Decode(&own); err != nil {
		return Table{}, fmt.Errorf("the built-in hints: %w", err)
	}
	if len(site) > MostRules {
		return Table{}, &Fault{Rule: MostRules, Message: fmt.Sprintf("there may be at most %d", MostRules)}
	}
	var t Table
	var errs []error
	for i, r := range slices.Concat(site, own) {
		c, faults := compile(r)
		for _, f := range faults {
			f.Rule = i
			errs = append(errs, f)
		}
		t.rules = append(t.rules, c)
	}
	return t, errors.Join(errs...)
}

func compile(r Rule) (compiled, []*Fault) {
	c := compiled{Rule: r}
	var faults []*Fault
	fault := func(key, format string, args ...any) {
		faults = append(faults, &Fault{Key: key, Message: fmt.Sprintf(format, args...)})
	}
	if r.Text == "" && r.Name == "" {
		fault("text", "is needed; a rule without one silences those of its name, and has to have that")
	}
	var err error
	if c.text, err = parseTemplate(r.Text); err != nil {
		faults = append(faults, &Fault{Key: "text", Message: err.Error(), Err: err})
	}
	for i, reason := range r.Match.Reason {
		if !slices.Contains(session.EndReasons(), session.EndReason(reason)) {
			err := &Unknown{What: "reason", Word: reason, Known: reasons()}
			faults = append(faults, &Fault{Key: fmt.Sprintf("match.reason[%d]", i), Message: err.Error(), Err: err})
		}
	}
	if r.Match.Log != "" {
		if len(r.Match.Log) > mostPattern {
			fault("match.log", "must have at most %d bytes", mostPattern)
		} else if c.log, err = regexp.Compile(r.Match.Log); err != nil {
			fault("match.log", "%v", err)
		}
	}
	for i := 1; i < len(c.text); i += 2 {
		if c.text[i] == "found" && r.Match.Log == "" {
			fault("text", "{found} is what match.log found, and there is none")
		}
	}
	for field, value := range r.Change {
		s, err := parseStep(field, value)
		if err != nil {
			fault("change."+field, "%v", err)
			continue
		}
		c.change = append(c.change, s)
	}
	return c, faults
}

func reasons() []string {
	var all []string
	for _, r := range session.EndReasons() {
		all = append(all, string(r))
	}
	return all
}
