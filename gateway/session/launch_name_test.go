package session_test

import (
	"strings"
	"testing"

	"github.com/berth-hpc/berth/gateway/session"
)

// A name that is made up is a name like any other, however long the app's is.
func TestMadeUpNamesAreNames(t *testing.T) {
	t.Parallel()
	for _, app := range []string{strings.Repeat("a", 32), strings.Repeat("b", 29) + "-bb", strings.Repeat("c", 31)} {
		w := newWorld(t)
		w.Apps = append(w.Apps, session.App{ID: app, Name: "Long", Command: []string{"long"}})
		seen := map[string]bool{}
		for range 12 {
			s := w.launch(session.Request{"queue": "gpu", "app": app, "cpus": "1"})
			found, err := w.AtPath(t.Context(), "alice", "alice", s.Name)
			if err != nil || found.ID != s.ID || seen[s.Name] || !strings.HasPrefix(s.Name, app[:28]) {
				t.Errorf("%q: %v", s.Name, err)
			}
			seen[s.Name] = true
		}
	}
}
