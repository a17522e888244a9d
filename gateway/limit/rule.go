package limit

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// ErrUnreadable: a rule cannot be understood, so nothing may be admitted until
// an admin has mended it.
var ErrUnreadable = errors.New("a limit cannot be read")

// Rule is one limit.
type Rule struct {
	ID       string // 16 characters of [a-z2-7]
	Scope    Scope
	Who      Who
	Together bool   // counted for all whom it applies to as one
	Field    string // one of FieldNames
	GPUType  string // "": every type
	Value    int64  // in the field's unit
	Apps     []string
	Note     string // why, for those whom it stops
	SetBy    string
	SetAt    time.Time
}

// Key is what makes a rule one: there is one rule of each.
type Key struct {
	Scope    Scope
	Who      Who
	Together bool
	Field    string
	GPUType  string
}

// Key is the rule's key.
func (r Rule) Key() Key { return Key{r.Scope, r.Who, r.Together, r.Field, r.GPUType} }

// NewID makes a random ID (80 bits).
func NewID() string { return strings.ToLower(rand.Text()[:16]) }

// Invalid is a rule that cannot be set, with what is wrong with it.
type Invalid struct{ Faults []Fault }

// Fault is what is wrong with one part of a rule or window: "cluster", "queue",
// "who", "together", "field", "gpu_type", "value", "note", "from", "until", "text".
type Fault struct{ Part, Message string }

func (e *Invalid) Error() string {
	texts := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		texts[i] = f.Message
	}
	return strings.Join(texts, "; ")
}

func (e *Invalid) add(part, format string, args ...any) {
	e.Faults = append(e.Faults, Fault{part, fmt.Sprintf(format, args...)})
}

func (e *Invalid) orNil() error {
	if len(e.Faults) == 0 {
		return nil
	}
	return e
}

var (
	appPattern   = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)
	placePattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}$`)
)

const (
	mostName = 256
	mostNote = 500
)

// Check says everything that is wrong with the rule, in an *Invalid.
func (r Rule) Check() error {
	bad := &Invalid{}
	r.Scope.check(bad)
	switch {
	case r.Who.rank() < 0:
		bad.add("who", "a limit is for everyone, a user or a group, not for %q", clip(string(r.Who.Kind)))
	case (r.Who.Kind == Everyone) != (r.Who.Name == ""):
		bad.add("who", "a limit is for everyone, or for a user or group with a name")
	case len(r.Who.Name) > mostName || !printable(r.Who.Name) || strings.TrimSpace(r.Who.Name) != r.Who.Name:
		bad.add("who", "%q is not the name of a %s", clip(r.Who.Name), r.Who.Kind)
	}
	f, ok := FieldOf(r.Field)
	switch {
	case !ok:
		bad.add("field", "%v", errField(r.Field))
	case r.GPUType != "" && !f.ByType:
		bad.add("gpu_type", "%s is not by type of GPU", f.Name)
	case r.GPUType != "" && !placePattern.MatchString(r.GPUType):
		bad.add("gpu_type", "%q is not a type of GPU", clip(r.GPUType))
	case r.Together && !f.Counted():
		bad.add("together", "%s is about each session; it cannot be counted together", f.Name)
	case r.Together && r.Who.Kind == User:
		bad.add("together", "a user is one person already")
	case f.Unit == YesNo && r.Value > 1:
		bad.add("value", "%s is yes or no", f.Name)
	case f.Unit == List && r.Value != 0, f.Unit != List && len(r.Apps) > 0:
		bad.add("value", "only %s is a list of apps", Apps)
	}
	if r.Value < 0 || r.Value > most {
		bad.add("value", "%d cannot be a limit", r.Value)
	}
	if len(r.Apps) > 0 {
		if _, err := parseApps(strings.Join(r.Apps, ",")); err != nil {
			bad.add("value", "%v", err)
		}
	}
	if len(r.Note) > mostNote || !printable(r.Note) {
		bad.add("note", "a note is one line of at most %d bytes", mostNote)
	}
	return bad.orNil()
}

func (s Scope) check(bad *Invalid) {
	if s.Cluster != "" && !placePattern.MatchString(s.Cluster) {
		bad.add("cluster", "%q is not the name of a cluster", clip(s.Cluster))
	}
	if s.Queue != "" && !placePattern.MatchString(s.Queue) {
		bad.add("queue", "%q is not the name of a partition", clip(s.Queue))
	}
}

func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// Title names the rule in a line: "GPUs at once (a100), group ml together, partition gpu".
func (r Rule) Title() string {
	f, _ := FieldOf(r.Field)
	var b strings.Builder
	b.WriteString(cmp.Or(f.Words, r.Field))
	if r.GPUType != "" {
		b.WriteString(" (" + r.GPUType + ")")
	}
	b.WriteString(", " + r.Who.String())
	if r.Together {
		b.WriteString(" together")
	}
	if r.Scope != (Scope{}) {
		b.WriteString(", " + r.Scope.String())
	}
	return b.String()
}

// Text is the rule's value as Parse reads it.
func (r Rule) Text() string {
	f, _ := FieldOf(r.Field)
	return f.Format(r.Value, r.Apps)
}

// Compare orders rules for lists: by scope, then whom they are for, then field.
func (r Rule) Compare(o Rule) int {
	together := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	return cmp.Or(r.Scope.compare(o.Scope), r.Who.compare(o.Who), byField(r.Field, o.Field),
		cmp.Compare(r.GPUType, o.GPUType), cmp.Compare(together(r.Together), together(o.Together)), cmp.Compare(r.ID, o.ID))
}
