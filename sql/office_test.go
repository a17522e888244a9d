package sql_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

func entriesOf(t *testing.T, s *sql.Store) []admin.Entry {
	t.Helper()
	entries, err := s.AuditLog(t.Context(), admin.AuditFilter{})
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// The entry of a stop is there if and only if the stop is.
func TestAuditedStop(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	v, err := s.Create(t.Context(), asked("alice", "lab"), requested, anything)
	if err != nil {
		t.Fatal(err)
	}
	watched := s.Audited(admin.Entry{By: "carol", Action: "session.stop", Target: string(v.ID)})
	stop := session.Evidence{At: noon, Source: session.FromPerson, Event: session.EvStop, From: v.State, To: session.Stopping}
	old := v
	old.Version = 7
	if _, err := watched.Change(t.Context(), old, stop); !errors.Is(err, session.ErrMoved) {
		t.Fatal(err)
	}
	if _, err := watched.Change(t.Context(), v, requested); err != nil { // no stop
		t.Fatal(err)
	}
	if got := entriesOf(t, s); len(got) != 0 {
		t.Fatalf("nothing was stopped, and there is %+v", got)
	}
	v.Version = 2
	if _, err := watched.Change(t.Context(), v, stop); err != nil {
		t.Fatal(err)
	}
	if got := entriesOf(t, s); len(got) != 1 || got[0].By != "carol" || got[0].Target != string(v.ID) {
		t.Errorf("%+v", got)
	}
}

func TestGrants(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	v, err := s.Create(t.Context(), asked("alice", "lab"), requested, anything)
	if err != nil {
		t.Fatal(err)
	}
	grant := func(who string, from, until time.Time) {
		t.Helper()
		err := s.CreateGrant(t.Context(), admin.Grant{Session: v.ID, Admin: who, Reason: "asked for help", From: from, Until: until},
			admin.Entry{By: who, Action: "session.open"}, session.Evidence{At: from, Source: session.FromPerson, Event: "opened_by_admin", By: who})
		if err != nil {
			t.Fatal(err)
		}
	}
	open := func(who string, at time.Time) int {
		t.Helper()
		list, err := s.OpenGrants(t.Context(), v.ID, who, at)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	grant("carol", noon, noon.Add(time.Hour))
	grant("erin", noon.Add(time.Minute), noon.Add(time.Hour))
	for at, want := range map[time.Duration][3]int{-time.Second: {0, 0, 0}, 0: {1, 0, 1}, 59 * time.Minute: {1, 1, 2}, time.Hour: {0, 0, 0}} {
		if got := [3]int{open("carol", noon.Add(at)), open("erin", noon.Add(at)), open("", noon.Add(at))}; got != want {
			t.Errorf("after %s: %v, want %v", at, got, want)
		}
	}
	end := func(at time.Time) int {
		t.Helper()
		n, err := s.EndGrants(t.Context(), v.ID, "carol", at, admin.Entry{By: "carol", Action: "session.leave"}, session.Evidence{})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if end(noon.Add(time.Minute)) != 1 || end(noon.Add(2*time.Minute)) != 0 || open("carol", noon.Add(3*time.Minute)) != 0 || open("erin", noon.Add(3*time.Minute)) != 1 {
		t.Error("ending one's own did too much, or too little")
	}
	if got := entriesOf(t, s); len(got) != 3 {
		t.Errorf("%d entries: %+v", len(got), got)
	}
	err = s.CreateGrant(t.Context(), admin.Grant{Session: "aaaaaaaaaaaaaaaa", Admin: "carol", Reason: "x", From: noon, Until: noon},
		admin.Entry{By: "carol", Action: "session.open"}, session.Evidence{})
	if !errors.Is(err, session.ErrNotFound) || len(entriesOf(t, s)) != 3 {
		t.Errorf("a session that is not there: %v", err)
	}
}

// What is taken from one person is taken whole, is in the log, and touches
// nobody else.
func TestDrop(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	for i, name := range []string{"alice", "alice", "bob"} {
		hash := login.Hash{byte(i + 1)}
		l := login.Login{
			ID: string(rune('a' + i)), User: login.User{Name: name, DisplayName: name, Groups: []string{"all"}},
			CreatedAt: noon, LastSeenAt: noon, ExpiresAt: time.Now().Add(time.Hour),
		}
		if err := s.CreateLogin(t.Context(), l, hash); err != nil {
			t.Fatal(err)
		}
		if err := s.CreateToken(t.Context(), login.Token{ID: "t" + l.ID, Owner: name, Name: "x", CreatedAt: noon, Scopes: []login.Scope{login.OwnRead}}, hash); err != nil {
			t.Fatal(err)
		}
	}
	logins, err := s.DropLogins(t.Context(), "alice", admin.Entry{By: "carol", Action: "user.signout", Target: "alice"})
	tokens, err2 := s.DropTokens(t.Context(), "alice", admin.Entry{By: "carol", Action: "user.revoke", Target: "alice"})
	none, err3 := s.DropLogins(t.Context(), "alice", admin.Entry{By: "carol", Action: "user.signout", Target: "alice"})
	if err := errors.Join(err, err2, err3); err != nil || logins != 2 || tokens != 2 || none != 0 {
		t.Errorf("%d logins, %d tokens, then %d (%v)", logins, tokens, none, err)
	}
	people, err := s.FindUsers(t.Context(), admin.PersonFilter{Group: "all"})
	if err != nil || len(people) != 2 || people[0].Logins+people[0].Tokens != 0 || people[1].Logins != 1 || people[1].Tokens != 1 {
		t.Errorf("%+v (%v)", people, err)
	}
	if got := entriesOf(t, s); len(got) != 2 {
		t.Errorf("%+v", got)
	}
}

func TestCensusAndVitals(t *testing.T) {
	t.Parallel()
	s := sqltest.New(t)
	add := func(name string, change func(*session.Session)) {
		t.Helper()
		v := asked("alice", name)
		v.CreatedAt = noon
		change(&v)
		if _, err := s.Create(t.Context(), v, requested, anything); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	add("waits", func(*session.Session) {})
	add("runs", func(v *session.Session) { v.State, v.Resources.GPUs = session.Ready, 2 })
	add("lost", func(v *session.Session) { v.State, v.AgentLost = session.Ready, now.Add(-time.Hour) })
	add("missing", func(v *session.Session) { v.State, v.MissingSince = session.Starting, now })
	add("failed", func(v *session.Session) { v.State, v.Reason, v.EndedAt = session.Ended, session.Failed, now })
	add("long-ago", func(v *session.Session) {
		v.State, v.Reason, v.EndedAt = session.Ended, session.Failed, now.Add(-48*time.Hour)
	})
	c, err := s.Census(t.Context(), now.Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	gpus := 0
	for _, h := range c.Held {
		gpus += h.GPUs
	}
	if c.States[session.Ready] != 2 || c.States[session.Starting] != 1 || c.Ended[session.Failed] != 1 || c.People != 1 || gpus != 4 {
		t.Errorf("%+v", c)
	}
	v, err := s.Vitals(t.Context(), "vitals")
	if err != nil || v.Missing != 1 || v.Disconnected != 1 || v.Led || v.Schema == 0 || v.Schema != v.Needed || v.Now.Sub(v.Asked).Abs() > time.Minute {
		t.Errorf("%+v (%v)", v, err)
	}
	led, done := make(chan struct{}), make(chan struct{})
	ctx, end := context.WithCancel(t.Context())
	defer end()
	go func() {
		defer close(done)
		s.RunLeader(ctx, "vitals", func(reign context.Context) { close(led); <-reign.Done() })
	}()
	receive(t, "somebody leads", led)
	if v, err := s.Vitals(t.Context(), "vitals"); err != nil || !v.Led {
		t.Errorf("with a leader: %+v (%v)", v, err)
	}
	end()
	receive(t, "the leader ends", done)
}
