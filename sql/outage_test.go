package sql_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

// calls are one of each way to ask the store something.
func calls(s *sql.Store, v session.Session) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Ping": s.Ping,
		"Get":  func(ctx context.Context) error { _, err := s.Get(ctx, v.ID); return err },
		"List": func(ctx context.Context) error { _, err := s.List(ctx, session.Filter{Live: true}); return err },
		"Create": func(ctx context.Context) error {
			_, err := s.Create(ctx, asked("bob", "lab"), requested, anything)
			return err
		},
		"Change": func(ctx context.Context) error { _, err := s.Change(ctx, v, requested); return err },
		"Append": func(ctx context.Context) error {
			return s.Append(ctx, v.ID, []session.LogLine{{Stream: "stdout", Text: "x"}})
		},
		"LoginByHash": func(ctx context.Context) error { _, err := s.LoginByHash(ctx, login.Hash{}); return err },
	}
}

func TestAStoppedDatabaseIsErrStoreAndComesBack(t *testing.T) {
	t.Parallel()
	pg := sqltest.Server(t)
	s := pg.Store()
	v := create(t, s, asked("alice", "lab"))

	pg.Stop()
	for name, call := range calls(s, v) {
		if err := call(t.Context()); !errors.Is(err, session.ErrStore) || errors.Is(err, context.Canceled) {
			t.Errorf("%s without a database: %v", name, err)
		}
	}
	pg.Start()
	if _, err := s.Get(t.Context(), v.ID); err != nil {
		t.Errorf("after the restart: %v", err)
	}
	if _, err := s.Change(t.Context(), v, requested); err != nil {
		t.Errorf("after the restart: %v", err)
	}
}

func TestAStoreOpensBeforeItsDatabaseIsUp(t *testing.T) {
	t.Parallel()
	pg := sqltest.Server(t)
	pg.Stop()
	s := pg.Store()
	if err := s.Ping(t.Context()); !errors.Is(err, session.ErrStore) {
		t.Errorf("ping: %v", err)
	}
	pg.Start()
	create(t, s, asked("alice", "lab"))
}

// killAll ends every other connection to the database, as an admin would.
func killAll(t *testing.T, url string) {
	t.Helper()
	killOthers(t, connect(t, url))
}

// killOthers ends all connections but this one.
func killOthers(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	_, err := conn.Exec(t.Context(), `select pg_terminate_backend(pid) from pg_stat_activity
		where datname = current_database() and pid <> pg_backend_pid()`)
	if err != nil {
		t.Fatal(err)
	}
}

// holdLimits keeps everybody else from reading the limits, until the
// connection that it returns says rollback or ends.
func holdLimits(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn := connect(t, url)
	if _, err := conn.Exec(t.Context(), "begin; lock table limits in access exclusive mode"); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestALostConnectionIsErrStoreWithItsCause(t *testing.T) {
	t.Parallel()
	url := sqltest.URL(t)
	s := open(t, url)
	hold := holdLimits(t, url)
	created := make(chan error, 1)
	go func() {
		_, err := s.Create(context.WithoutCancel(t.Context()), asked("alice", "lab"), requested, anything)
		created <- err
	}()
	blocked(t, connect(t, url))
	killOthers(t, hold) // in the middle of the transaction
	err := receive(t, "the answer", created)
	// The server's last word (57P01), or a socket that is gone before it is read.
	_, said := errors.AsType[*pgconn.PgError](err)
	_, broken := errors.AsType[net.Error](err)
	if !errors.Is(err, session.ErrStore) || !said && !broken {
		t.Errorf("create: %v", err)
	}
	live, err := s.List(t.Context(), session.Filter{Live: true})
	if len(live) != 0 || err != nil {
		t.Errorf("afterwards: %d sessions, %v", len(live), err)
	}
}

func TestWhoGivesUpIsNotTheDatabase(t *testing.T) {
	t.Parallel()
	url := sqltest.URL(t)
	s := open(t, url)
	v := create(t, s, asked("alice", "lab"))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range calls(s, v) {
		if err := call(gone); !errors.Is(err, context.Canceled) || errors.Is(err, session.ErrStore) {
			t.Errorf("%s, given up before: %v", name, err)
		}
	}
	lock := connect(t, url)
	if _, err := lock.Exec(t.Context(), "begin; lock table sessions"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		_, err := s.Change(ctx, v, requested)
		result <- err
	}()
	blocked(t, connect(t, url))
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) || errors.Is(err, session.ErrStore) {
		t.Errorf("given up while waiting: %v", err)
	}
}

func TestADatabaseThatIsTooSlowIsErrStore(t *testing.T) {
	t.Parallel()
	url := sqltest.URL(t)
	s := open(t, url)
	v := create(t, s, asked("alice", "lab"))
	lock := connect(t, url)
	if _, err := lock.Exec(t.Context(), "begin; lock table sessions"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := s.Change(ctx, v, requested); !errors.Is(err, session.ErrStore) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the caller's deadline: %v", err)
	}

	hasty := open(t, url+"&statement_timeout=50")
	if _, err := hasty.Change(t.Context(), v, requested); !errors.Is(err, session.ErrStore) {
		t.Errorf("the server's deadline: %v", err)
	}
}

func TestAPoolWithoutAFreeConnectionIsErrStore(t *testing.T) {
	t.Parallel()
	url := sqltest.URL(t)
	s, err := sql.New(t.Context(), sql.Config{URL: url, MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	hold := holdLimits(t, url)
	created := make(chan error, 1)
	go func() {
		_, err := s.Create(context.WithoutCancel(t.Context()), asked("alice", "lab"), requested, anything)
		created <- err
	}()
	blocked(t, connect(t, url))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.Ping(ctx); !errors.Is(err, session.ErrStore) { // the only connection is taken
		t.Errorf("%v", err)
	}
	if _, err := hold.Exec(t.Context(), "rollback"); err != nil {
		t.Fatal(err)
	}
	if err := receive(t, "the answer", created); err != nil {
		t.Error(err)
	}
}

func TestAServerWithoutAFreeConnectionIsErrStore(t *testing.T) {
	t.Parallel()
	pg := sqltest.Server(t)
	conn := connect(t, pg.URL())
	if _, err := conn.Exec(t.Context(), "create role guest login connection limit 1"); err != nil {
		t.Fatal(err)
	}
	guest := strings.Replace(pg.URL(), "//berth@", "//guest@", 1)
	connect(t, guest)
	err := open(t, guest).Ping(t.Context())
	if pg, ok := errors.AsType[*pgconn.PgError](err); !errors.Is(err, session.ErrStore) || !ok || pg.Code != "53300" {
		t.Errorf("ping: %v", err)
	}
}

func TestAClosedStoreIsErrStore(t *testing.T) {
	t.Parallel()
	s := open(t, sqltest.URL(t))
	v := create(t, s, asked("alice", "lab"))
	s.Close()
	for name, call := range calls(s, v) {
		if err := call(t.Context()); !errors.Is(err, session.ErrStore) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOtherErrorsAreNotErrStore(t *testing.T) {
	t.Parallel()
	s := open(t, sqltest.Empty(t)) // no table
	if _, err := s.Get(t.Context(), session.NewID()); err == nil || errors.Is(err, session.ErrStore) || errors.Is(err, session.ErrNotFound) {
		t.Errorf("without a table: %v", err)
	}
	if _, err := sql.New(t.Context(), sql.Config{URL: "postgres://berth:hush@host:none/"}); err == nil {
		t.Error("a URL that makes no sense was taken")
	}
}
