package sqltest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/berth-hpc/berth/sql"
)

// New returns a store on a migrated database of the test's own. Both end with
// the test.
func New(t testing.TB) *sql.Store {
	t.Helper()
	return open(t, URL(t))
}

// URL returns the URL of a migrated database of the test's own.
func URL(t testing.TB) string {
	t.Helper()
	return server(t).migrated(t)
}

// Empty returns the URL of a database of the test's own without any table.
func Empty(t testing.TB) string {
	t.Helper()
	return server(t).create(t, "template1")
}

func open(t testing.TB, url string) *sql.Store {
	t.Helper()
	s, err := sql.New(t.Context(), sql.Config{URL: url})
	if err != nil {
		t.Fatalf("sqltest: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}

func givenHost(given string) (*host, error) {
	u, err := url.Parse(given)
	if err != nil || !strings.HasPrefix(u.Scheme, "postgres") {
		return nil, errors.New("BERTH_TEST_DATABASE_URL is not of the form postgres://user@host/database")
	}
	return &host{url: func(database string) string {
		other := *u
		other.Path, other.RawPath = "/"+database, ""
		if database == "postgres" { // where to ask for databases: the one that was given
			return given
		}
		return other.String()
	}}, nil
}

// migrated makes a database with the current schema.
func (h *host) migrated(t testing.TB) string {
	t.Helper()
	name, err := h.template(t.Context())
	if err != nil {
		t.Fatalf("sqltest: %v", err)
	}
	return h.create(t, name)
}

// template makes sure that there is a database with the current schema to clone
// from. Test processes that share the server make it once: the name is taken
// only when it is complete.
func (h *host) template(ctx context.Context) (string, error) {
	name := "berth_template_" + sql.SchemaHash()[:16]
	return name, h.asked(ctx, func(conn *pgx.Conn) error {
		const lock = 7_262_837_465 // any number
		if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", lock); err != nil {
			return err
		}
		defer func() { _, _ = conn.Exec(ctx, "select pg_advisory_unlock($1)", lock) }()
		var there bool
		err := conn.QueryRow(ctx, "select exists (select 1 from pg_database where datname = $1)", name).Scan(&there)
		if err != nil || there {
			return err
		}
		draft := name + "_draft"
		for _, statement := range []string{"drop database if exists " + draft, "create database " + draft + " encoding 'UTF8' template template0"} {
			if _, err := conn.Exec(ctx, statement); err != nil {
				return err
			}
		}
		if err := sql.Migrate(ctx, h.url(draft), nil); err != nil {
			return err
		}
		return again(ctx, func() error {
			_, err := conn.Exec(ctx, "alter database "+draft+" rename to "+name)
			return err
		})
	})
}

// create clones a database and drops it when the test is over.
func (h *host) create(t testing.TB, template string) string {
	t.Helper()
	url, err := h.clone(t.Context(), template)
	if err != nil {
		t.Fatalf("sqltest: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := h.drop(ctx, url); err != nil {
			t.Logf("sqltest: %v", err)
		}
	})
	return url
}

func (h *host) clone(ctx context.Context, template string) (string, error) {
	name := "berth_test_" + strings.ToLower(rand.Text()[:12])
	return h.url(name), h.asked(ctx, func(conn *pgx.Conn) error {
		return again(ctx, func() error {
			_, err := conn.Exec(ctx, "create database "+name+" template "+template)
			return err
		})
	})
}

func (h *host) drop(ctx context.Context, url string) error {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return err
	}
	return h.asked(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "drop database if exists "+config.Database+" with (force)")
		return err
	})
}

// again repeats what fails because a connection to the database, which has been
// closed, still takes a moment to go.
func again(ctx context.Context, fn func() error) error {
	for {
		err := fn()
		pg, ok := errors.AsType[*pgconn.PgError](err)
		if !ok || pg.Code != "55006" || ctx.Err() != nil { // object in use
			return err
		}
		wait(ctx, 5*time.Millisecond)
	}
}

// asked runs fn on a connection that may create databases.
func (h *host) asked(ctx context.Context, fn func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, h.url("postgres"))
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	return fn(conn)
}
