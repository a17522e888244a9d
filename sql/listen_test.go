package sql_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

// listen subscribes and returns after the first Resync.
func listen(t *testing.T, s *sql.Store) <-chan sql.Notice {
	t.Helper()
	heard := make(chan sql.Notice, 10_000)
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { s.Listen(ctx, func(n sql.Notice) { heard <- n }) })
	t.Cleanup(func() { cancel(); done.Wait() })
	if n := receive(t, "the first notice", heard); n.Kind != sql.Resync {
		t.Fatalf("the first notice is %v", n)
	}
	return heard
}

func TestChangesAreAnnounced(t *testing.T) {
	t.Parallel()
	url := sqltest.URL(t)
	s, other := open(t, url), open(t, url)
	heard := listen(t, other)
	expect := func(what string, want sql.Notice) {
		t.Helper()
		if d := cmp.Diff(want, receive(t, what, heard)); d != "" {
			t.Errorf("%s (-want +got):\n%s", what, d)
		}
	}
	v := create(t, s, asked("alice", "lab"))
	of := sql.Notice{Kind: sql.SessionChanged, ID: string(v.ID)}
	expect("create", of)
	v = change(t, s, v, session.Evidence{})
	expect("change", of)
	if _, err := s.Change(t.Context(), session.Session{ID: v.ID, Version: 1}, requested); err == nil {
		t.Error("a stale change went through") // and is not announced
	}

	if err := s.Append(t.Context(), v.ID, []session.LogLine{{Stream: "stdout", Text: "hello"}}); err != nil {
		t.Fatal(err)
	}
	expect("append", sql.Notice{Kind: sql.LogGrew, ID: string(v.ID)})

	alice := sql.Notice{Kind: sql.LoginChanged, ID: "alice"}
	signIn(t, s, "alice", "a", login.Hash{1})
	expect("sign-in", alice)
	if err := s.CreateToken(t.Context(), login.Token{ID: "t", Owner: "alice", Scopes: []login.Scope{login.Self}, CreatedAt: noon}, login.Hash{2}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what string
		do   func() error
	}{
		{"delete a login", func() error { return s.DeleteLogin(t.Context(), "a") }},
		{"delete logins", func() error { return s.DeleteLoginsOf(t.Context(), "alice") }},
		{"delete a token", func() error { return s.DeleteToken(t.Context(), "alice", "t") }},
		{"sign in again", func() error { signIn(t, s, "alice", "b", login.Hash{3}); return nil }},
	} {
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		expect(c.what, alice)
	}
	if err := s.DeleteLogin(t.Context(), "a"); err != nil { // gone, and no news
		t.Fatal(err)
	}

	gw := sql.Notice{Kind: sql.ReplicaChanged, ID: "gw1"}
	for range 3 { // only the first is news
		if err := s.Heartbeat(t.Context(), sql.Replica{Name: "gw1", URL: "https://gw1", Fingerprint: "f1", StartedAt: noon}); err != nil {
			t.Fatal(err)
		}
	}
	expect("join", gw)
	if err := s.Leave(t.Context(), "gw1"); err != nil {
		t.Fatal(err)
	}
	expect("leave", gw)
}

func TestGrowthOfLogsIsAnnouncedTogether(t *testing.T) {
	t.Parallel()
	s := open(t, sqltest.URL(t))
	v := create(t, s, asked("alice", "lab"))
	heard := listen(t, s)
	began := time.Now()
	const appends = 300
	for range appends {
		if err := s.Append(t.Context(), v.ID, []session.LogLine{{Stream: "stderr", Text: "x"}}); err != nil {
			t.Fatal(err)
		}
	}
	// The last append is announced after it happened: a mark ends the reading.
	receive(t, "growth", heard)
	most := int(time.Since(began)/(100*time.Millisecond)) + 2
	create(t, s, asked("alice", "mark"))
	n := 1
	for receive(t, "growth or the mark", heard).Kind == sql.LogGrew {
		n++
	}
	if n > most {
		t.Errorf("%d notices for %d appends in %s", n, appends, time.Since(began))
	}
}

func TestListenResyncsAfterALostConnection(t *testing.T) {
	t.Parallel()
	url := sqltest.URL(t)
	s := open(t, url)
	heard := listen(t, s)
	for range 3 {
		killAll(t, url)
		if n := receive(t, "a resync", heard); n.Kind != sql.Resync {
			t.Errorf("after the loss: %v", n)
		}
	}
	v := create(t, s, asked("alice", "lab"))
	if n := receive(t, "the session", heard); n.ID != string(v.ID) {
		t.Errorf("after the resync: %v", n)
	}
}

func TestListenLivesThroughARestart(t *testing.T) {
	t.Parallel()
	pg := sqltest.Server(t)
	s := pg.Store()
	heard := listen(t, s)
	pg.Stop()
	pg.Start()
	if n := receive(t, "a resync", heard); n.Kind != sql.Resync {
		t.Errorf("after the restart: %v", n)
	}
}

func TestAQuietConnectionIsChecked(t *testing.T) {
	t.Parallel()
	url := sqltest.URL(t)
	s := open(t, url)
	s.CheckIdleEvery(5 * time.Millisecond)
	heard := listen(t, s)
	conn := connect(t, url)
	var checked time.Time
	until(t, "several checks", func() bool {
		var at time.Time
		err := conn.QueryRow(t.Context(), `select query_start from pg_stat_activity
			where datname = current_database() and application_name = 'berth listen' and query ilike '%ping%'`).Scan(&at)
		if err != nil {
			return false
		}
		first := checked.IsZero()
		if first {
			checked = at
		}
		return !first && at.After(checked)
	})
	v := create(t, s, asked("alice", "lab"))
	if n := receive(t, "the session", heard); n.ID != string(v.ID) { // and no Resync
		t.Errorf("after the checks: %v", n)
	}
}

func TestNonsenseOnTheChannelIsNotDelivered(t *testing.T) {
	t.Parallel()
	url := sqltest.URL(t)
	s := open(t, url)
	heard := listen(t, s)
	conn := connect(t, url)
	for _, payload := range []string{"", ":", "session", "session:", "resync:x", "later:x"} {
		if _, err := conn.Exec(t.Context(), "select pg_notify('berth', $1)", payload); err != nil {
			t.Fatal(err)
		}
	}
	v := create(t, s, asked("alice", "lab"))
	if n := receive(t, "the session", heard); n.ID != string(v.ID) {
		t.Errorf("delivered: %v", n)
	}
}
