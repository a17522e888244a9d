package api

import (
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/gateway/session"
)

// launchNumbers are the fields of a launch request that may be JSON numbers.
// Memory is in bytes then. A time limit may not: 60 is an hour to sbatch and a
// minute to most programs.
var launchNumbers = map[string]bool{"gpus": true, "cpus": true, "memory": true}

// launchRequest turns a body into the text that session's validator reads. It
// judges only what text cannot show, which is the kind of each value; a member
// that is null is one that was left out. Its error is a *session.Invalid.
func launchRequest(body object) (session.Request, error) {
	request := session.Request{}
	bad := &session.Invalid{}
	for _, m := range body {
		fault := session.Fault{Field: m.Name, Asked: m.short()}
		switch {
		case m.Kind == isNull:
			continue
		case m.Kind == isText, m.Kind == isNumber && launchNumbers[m.Name]:
			request[m.Name] = m.Text
			continue
		case !slices.Contains(session.Fields, m.Name):
			fault.Possible = strings.Join(session.Fields, ", ")
			fault.Message = fmt.Sprintf("there is no field %q in a launch request", m.Name)
		case m.Name == "time_limit" && m.Kind == isNumber:
			fault.Possible = "a span like 1h30m or 2d"
			fault.Message = "a time limit without a unit could be minutes or seconds; write it like 90m or 1h30m"
		default:
			fault.Message = fmt.Sprintf("%s must be %s, not %s", m.Name, launchKind(m.Name), m.Kind)
		}
		bad.Faults = append(bad.Faults, fault)
	}
	if len(bad.Faults) > 0 {
		return nil, bad
	}
	return request, nil
}

func launchKind(field string) string {
	if launchNumbers[field] {
		return "a number or text"
	}
	return "text"
}
