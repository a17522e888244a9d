package limit

import (
	"fmt"
	"strings"
	"time"
)

// Denied names the rule that stops a request. Have, Want and Max are text in
// the field's unit ("" where there is none); Max is also what would be possible.
type Denied struct {
	Rule   string // the rule's ID; "" for one of the scheduler's own
	Limit  string // the rule's field, as in FieldNames, or "maintenance"
	Field  string // the launch request's field to change, "" for the whole request
	What   string // "GPUs at once"
	Have   string
	Want   string
	Max    string
	For    string // whom the rule is for: "group ml"
	SetBy  string // who set it; "" for the scheduler's own
	Source string // where it comes from: "a limit of this site", "Slurm partition gpu"
	Note   string // why, in the words of who set it
	// Until is when it may be different again: the end of the period or of the
	// maintenance. Zero: not known.
	Until time.Time
	// Contact is whom to ask; filled in by who knows the site.
	Contact string

	words string
}

// Error says in a sentence what is asked, what is possible, who has set it and
// whom to ask.
func (d *Denied) Error() string {
	var b strings.Builder
	b.WriteString(d.Words())
	if by := d.By(); by != "" {
		b.WriteString(" (" + by + ")")
	}
	if d.Note != "" {
		b.WriteString(": " + d.Note)
	}
	if d.Contact != "" {
		b.WriteString("; ask " + strings.TrimPrefix(d.Contact, "mailto:"))
	}
	return b.String()
}

// Words is the numbers in a sentence, without who has set them.
func (d *Denied) Words() string {
	if d.words != "" {
		return d.words
	}
	switch {
	case d.Max == "":
		return d.What
	case d.Have == "":
		return fmt.Sprintf("%s: %s asked, at most %s", d.What, d.Want, d.Max)
	}
	return fmt.Sprintf("%s: you have %s and ask for %s more, at most %s", d.What, d.Have, d.Want, d.Max)
}

// By says where the limit comes from: "set by carol for group ml".
func (d *Denied) By() string {
	if d.SetBy == "" {
		return d.Source
	}
	if d.For == "" {
		return "set by " + d.SetBy
	}
	return "set by " + d.SetBy + " for " + d.For
}
