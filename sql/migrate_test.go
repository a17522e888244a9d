package sql_test

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/sqltest"
)

func files(texts ...string) fstest.MapFS {
	fs := fstest.MapFS{}
	for i, text := range texts {
		fs["00"+string(rune('1'+i))+"_step.sql"] = &fstest.MapFile{Data: []byte(text)}
	}
	return fs
}

func connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func TestMigrationsAtOnceWaitForEachOther(t *testing.T) {
	t.Parallel()
	db := sqltest.Empty(t)
	if current, target, err := sql.MigrationStatus(t.Context(), db); current != 0 || target < 1 || err != nil {
		t.Errorf("status of an empty database: %d, %d, %v", current, target, err)
	}
	var logged strings.Builder
	log := slog.New(slog.NewTextHandler(&logged, nil))
	if _, _, err := sql.MigrationStatus(t.Context(), db); err != nil {
		t.Error("asking for the status changed it:", err)
	}
	var all errgroup.Group
	for i := range 4 {
		all.Go(func() error {
			if i == 0 {
				return sql.Migrate(t.Context(), db, log)
			}
			return sql.Migrate(t.Context(), db, nil)
		})
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
	current, target, err := sql.MigrationStatus(t.Context(), db)
	if current != target || err != nil {
		t.Errorf("status afterwards: %d of %d, %v", current, target, err)
	}
	s, err := sql.New(t.Context(), sql.Config{URL: db})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	create(t, s, asked("alice", "lab"))
}

func TestANewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	db := sqltest.URL(t)
	conn := connect(t, db)
	if _, err := conn.Exec(t.Context(), "update schema_version set version = 900"); err != nil {
		t.Fatal(err)
	}
	if err := sql.Migrate(t.Context(), db, nil); !errors.Is(err, sql.ErrNewerSchema) {
		t.Errorf("migrate: %v", err)
	}
	if current, target, err := sql.MigrationStatus(t.Context(), db); current != 900 || target >= 900 || err != nil {
		t.Errorf("status: %d, %d, %v", current, target, err)
	}
}

func TestABrokenMigrationIsRolledBackAndNamed(t *testing.T) {
	t.Parallel()
	db := sqltest.Empty(t)
	good := "create table first (n integer);"
	broken := "create table second (n integer);\ninsert into second values (1), (2);\n" +
		"-- the next one; is wrong\nalter table second\n    add unique (m);\ncreate table third (n integer);"
	err := sql.MigrateFiles(t.Context(), db, files(good, broken))
	bad, ok := errors.AsType[*sql.MigrationError](err)
	if !ok {
		t.Fatalf("not a MigrationError: %v", err)
	}
	if bad.File != "002_step.sql" || !strings.HasPrefix(bad.Statement[strings.Index(bad.Statement, "alter"):], "alter table second\n    add unique (m)") ||
		strings.Contains(bad.Statement, "third") || !strings.Contains(err.Error(), `"m"`) {
		t.Errorf("reported: %v", err)
	}
	conn := connect(t, db)
	var version int
	var first, second *string
	row := conn.QueryRow(t.Context(), "select version, to_regclass('first')::text, to_regclass('second')::text from schema_version")
	if err := row.Scan(&version, &first, &second); err != nil {
		t.Fatal(err)
	}
	if version != 1 || first == nil || second != nil {
		t.Errorf("version %d, first there: %v, second there: %v", version, first != nil, second != nil)
	}
	if err := sql.MigrateFiles(t.Context(), db, files(good, strings.ReplaceAll(broken, "(m)", "(n)"))); err != nil {
		t.Errorf("after the repair: %v", err)
	}
}

func TestMigrateSaysWhenTheDatabaseIsNotThere(t *testing.T) {
	t.Parallel()
	nowhere := "postgres://berth:hush@127.0.0.1:1/berth?connect_timeout=2"
	if err := sql.Migrate(t.Context(), nowhere, nil); !errors.Is(err, session.ErrStore) || strings.Contains(err.Error(), "hush") {
		t.Errorf("migrate: %v", err)
	}
	if _, _, err := sql.MigrationStatus(t.Context(), nowhere); !errors.Is(err, session.ErrStore) {
		t.Errorf("status: %v", err)
	}
	for _, bad := range []string{"", "postgres://u:hush@host:port/", "host=x port=hush'"} {
		if err := sql.Migrate(t.Context(), bad, nil); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestAnEncodingThatLosesTextIsRefused(t *testing.T) {
	t.Parallel()
	db := sqltest.Empty(t)
	conn := connect(t, db)
	u, err := url.Parse(db)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/") + "_latin1"
	if _, err := conn.Exec(t.Context(), "create database "+name+" encoding 'LATIN1' locale 'C' template template0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := conn.Exec(context.Background(), "drop database "+name+" with (force)"); err != nil {
			t.Log(err)
		}
	})
	u.Path = "/" + name
	if err := sql.Migrate(t.Context(), u.String(), nil); err == nil || !strings.Contains(err.Error(), "LATIN1") {
		t.Errorf("migrate: %v", err)
	}
}
