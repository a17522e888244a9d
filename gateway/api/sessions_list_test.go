package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/gateway/api"
	"github.com/berth-hpc/berth/gateway/session"
)

// names lists the sessions that an answer has.
func names(t *testing.T, r reply) string {
	t.Helper()
	r.want(t, http.StatusOK)
	var out []string
	for _, s := range decode[api.SessionList](t, r.body).Sessions {
		out = append(out, s.Name)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestListHasOnesOwnByState(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if got := s.get("alice", "/sessions"); strings.TrimSpace(string(got.body)) != `{"sessions":[],"next":null}` {
		t.Errorf("an empty list is %s", got.body)
	}
	s.launch("alice", `{"name": "a"}`)
	s.launch("bob", `{"name": "b"}`)
	over := s.launch("alice", `{"name": "c"}`)
	s.edit(over.ID, func(row *session.Session) {
		row.State, row.Reason, row.EndedAt = session.Ended, session.TimedOut, noon
	})
	for path, want := range map[string]string{
		"/sessions": "a c", "/sessions?state=all": "a c", "/sessions?state=live": "a", "/sessions?state=ended": "c",
	} {
		if got := names(t, s.get("alice", path)); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	if got := names(t, s.get("bob", "/sessions")); got != "b" {
		t.Errorf("bob sees %q", got)
	}
	for _, state := range []string{"", "Ready", "live,ended"} {
		r := s.get("alice", "/sessions?state="+state)
		r.want(t, http.StatusUnprocessableEntity)
		if got := faults(t, r); len(got) != 1 || got[0] != "state" {
			t.Errorf("%q: faults %q", state, got)
		}
	}
	s.get("", "/sessions").want(t, http.StatusUnauthorized)
	s.store.Fail(session.ErrStore)
	s.get("alice", "/sessions").want(t, http.StatusServiceUnavailable)
}
