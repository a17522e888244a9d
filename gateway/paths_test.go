package gateway

import (
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/session"
)

// What is kept of a session is asked for anew after a while and when it has
// changed; while the database is away, one request at a time asks.
func TestPathCache(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	p := &pathCache{rows: map[string]kept{}, now: func() time.Time { return now }}
	const key = "alice/lab"
	expect := func(when, id string, fresh bool) {
		t.Helper()
		if s, ok := p.get(key); string(s.ID) != id || ok != fresh {
			t.Errorf("%s: %q, %t; want %q, %t", when, s.ID, ok, id, fresh)
		}
	}
	expect("at first", "", false)
	p.put(key, session.Session{ID: "a"})
	expect("when it was read", "a", true)
	p.changed("b")
	expect("when another has changed", "a", true)
	p.changed("a")
	expect("when it has changed", "a", false)
	p.put(key, session.Session{ID: "a"})
	now = now.Add(freshFor)
	expect("after a while", "a", false)
	p.outlast(key)
	expect("when the database did not answer", "a", true)
	now = now.Add(freshFor)
	expect("for the one who asks again", "a", false)
	expect("for the others", "a", true)
	p.changed("")
	expect("when the database is back", "a", false)
	p.outlast(key)
	now = now.Add(staleFor)
	expect("after too long", "", false)
}
