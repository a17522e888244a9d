package session

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/berth-hpc/berth/batch"
)

// Fields are the names of a launch request's fields, the same in the form, the
// JSON API and the command line.
var Fields = []string{
	"name", "app", "cluster", "queue", "account", "qos",
	"gpus", "gpu_type", "cpus", "memory", "time_limit",
}

// Request is what somebody asks for, as text. What is left out ("") takes the
// site's default.
type Request map[string]string

// with is the request with another value of one field.
func (r Request) with(field, value string) Request {
	other := maps.Clone(r)
	if other == nil {
		other = Request{}
	}
	other[field] = value
	return other
}

// Fault says what is wrong with one field.
type Fault struct {
	Field    string `json:"field"`              // one of Fields, or "" for the whole request
	Asked    string `json:"asked,omitempty"`    // what was asked
	Possible string `json:"possible,omitempty"` // what would be possible
	Message  string `json:"message"`            // both in a sentence
}

// Invalid is a request that cannot be launched, with every fault found.
type Invalid struct{ Faults []Fault }

func (e *Invalid) Error() string {
	msgs := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		msgs[i] = f.Message
	}
	return strings.Join(msgs, "; ")
}

func (e *Invalid) add(field, asked, possible, format string, args ...any) {
	e.Faults = append(e.Faults, Fault{
		Field: field, Asked: shorten(asked), Possible: possible, Message: fmt.Sprintf(format, args...),
	})
}

// Launch is a request that has been checked: every field holds a real value.
type Launch struct {
	Name, App, Cluster, Queue, Account, QOS string
	Resources                               batch.Resources
	TimeLimit                               batch.Duration
}

// count reads a whole number that is not negative.
func (e *Invalid) count(r Request, field string, fallback int) int {
	text := strings.TrimSpace(r[field])
	if text == "" {
		return fallback
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 1_000_000 {
		e.add(field, text, "a whole number", "%s must be a whole number, not %q", label(field), shorten(text))
		return fallback
	}
	return n
}

func label(field string) string {
	switch field {
	case "gpus":
		return "GPUs"
	case "cpus":
		return "CPUs"
	case "qos":
		return "QOS"
	case "gpu_type":
		return "GPU type"
	case "time_limit":
		return "Time limit"
	}
	return strings.ToUpper(field[:1]) + field[1:]
}

func shorten(s string) string { return clip(s, 80) }

// mostCause is how much is kept of an error on the node, in bytes: its end says
// what is wrong, and paths come before that.
const mostCause = 500

func clip(s string, most int) string {
	s = strings.ToValidUTF8(s, "?")
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}
