package api

import (
	"fmt"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
)

// tokenRequest is what somebody asks for; a life of 0 is the longest that the
// site allows.
type tokenRequest struct {
	name string
	life time.Duration
}

// readTokenRequest reads the body of a token request. Its error is a
// *session.Invalid with every fault.
func readTokenRequest(body object) (tokenRequest, error) {
	var r tokenRequest
	bad := &session.Invalid{}
	fault := func(m member, possible, format string, args ...any) {
		bad.Faults = append(bad.Faults, session.Fault{
			Field: m.Name, Asked: m.short(), Possible: possible, Message: fmt.Sprintf(format, args...),
		})
	}
	const spans = "a span like 30d or 12h"
	for _, m := range body {
		switch {
		case m.Name != "name" && m.Name != "expires_in":
			fault(m, "name, expires_in", "there is no field %q in a token request", m.Name)
		case m.Kind == isNull:
		case m.Kind != isText:
			fault(m, "", "%s must be text, not %s", m.Name, m.Kind)
		case m.Name == "name":
			r.name = m.Text
		default:
			life, err := batch.ParseDuration(m.Text)
			if err != nil {
				fault(m, spans, "%v", err)
			} else if r.life = life.Std(); r.life < time.Minute {
				fault(m, spans, "a token lives for at least a minute")
			}
		}
	}
	if len(bad.Faults) > 0 {
		return tokenRequest{}, bad
	}
	return r, nil
}
