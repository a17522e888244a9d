package hint

import (
	"fmt"
	"slices"
	"strings"
)

// Values are the names that a text may have in braces:
//
//	memory       what was asked for, "8 GB"        memory_peak  the most that was used
//	time_limit   "4 h"                             ran          how long it ran
//	cpus gpus gpu_type app queue node              as asked for or given
//	exit_code signal                               how it ended
//	found                                          what match.log found
func Values() []string {
	return []string{
		"memory", "memory_peak", "time_limit", "ran", "cpus", "gpus", "gpu_type", "app", "queue", "node",
		"exit_code", "signal", "found",
	}
}

// template is a text with values in it: literal, name, literal, name, ...,
// literal.
type template []string

// parseTemplate reads a text. "{{" is a brace.
func parseTemplate(text string) (template, error) {
	if len(text) > mostText {
		return nil, fmt.Errorf("must have at most %d bytes", mostText)
	}
	parts := template{""}
	for {
		at := strings.IndexByte(text, '{')
		if at < 0 {
			parts[len(parts)-1] += text
			return parts, nil
		}
		parts[len(parts)-1] += text[:at]
		text = text[at+1:]
		if strings.HasPrefix(text, "{") {
			parts[len(parts)-1] += "{"
			text = text[1:]
			continue
		}
		name, rest, ok := strings.Cut(text, "}")
		if !ok {
			return nil, fmt.Errorf("a %q is not closed; write %q for a brace", "{", "{{")
		}
		if !slices.Contains(Values(), name) {
			return nil, &Unknown{What: "value", Word: name, Known: Values()}
		}
		parts = append(parts, name, "")
		text = rest
	}
}

// fill puts the values in; false if one is not known ("").
func (t template) fill(values map[string]string) (string, bool) {
	var b strings.Builder
	for i, part := range t {
		if i%2 == 1 {
			if part = values[part]; part == "" {
				return "", false
			}
		}
		b.WriteString(part)
	}
	return b.String(), true
}
