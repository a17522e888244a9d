package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
)

// readTokenRequest reads the body of the owner's token request. Its error is a
// *session.Invalid with every fault.
func readTokenRequest(owner string, body object) (login.NewToken, error) {
	var n login.NewToken
	bad := &session.Invalid{}
	fault := func(m member, possible, format string, args ...any) {
		bad.Faults = append(bad.Faults, session.Fault{
			Field: m.Name, Asked: m.short(), Possible: possible, Message: fmt.Sprintf(format, args...),
		})
	}
	const spans = "a span like 30d or 12h"
	for _, m := range body {
		switch {
		case m.Name != "name" && m.Name != "expires_in" && m.Name != "scopes":
			fault(m, "name, expires_in, scopes", "there is no field %q in a token request", m.Name)
		case m.Kind == isNull:
		case m.Name == "scopes":
			scopes, err := readScopes(owner, m)
			if err != nil {
				fault(m, words(login.AllScopes()), "%v", err)
			}
			n.Scopes = scopes
		case m.Kind != isText:
			fault(m, "", "%s must be text, not %s", m.Name, m.Kind)
		case m.Name == "name":
			n.Name = m.Text
		default:
			life, err := batch.ParseDuration(m.Text)
			if err != nil {
				fault(m, spans, "%v", err)
			} else if n.Life = life.Std(); n.Life < time.Minute {
				fault(m, spans, "a token lives for at least a minute")
			}
		}
	}
	if len(bad.Faults) > 0 {
		return login.NewToken{}, bad
	}
	return n, nil
}

// readScopes reads a list of scopes. An empty one is refused: who leaves scopes
// out wants the usual ones, who asks for none is mistaken.
func readScopes(owner string, m member) ([]login.Scope, error) {
	var names []string
	if m.Kind != isList || json.Unmarshal([]byte(m.Text), &names) != nil || len(names) == 0 {
		return nil, errors.New("scopes must be a list of names of scopes")
	}
	scopes := make([]login.Scope, len(names))
	for i, name := range names {
		s, err := login.ParseScope(owner, name)
		if err != nil {
			return nil, err
		}
		scopes[i] = s
	}
	return scopes, nil
}
