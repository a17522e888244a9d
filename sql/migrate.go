package sql

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/tern/v2/migrate"
)

//go:embed migrations/*.sql
var embedded embed.FS

// versionTable has one row: how many migrations were applied.
const versionTable = "schema_version"

// ErrNewerSchema means that a newer release has migrated the database.
var ErrNewerSchema = errors.New("the database's schema is newer than this program")

// MigrationError is a migration that failed. It was rolled back; the ones before
// it stay.
type MigrationError struct {
	File      string
	Statement string // the one that failed
	Err       error  // Postgres's
}

func (e *MigrationError) Error() string {
	return fmt.Sprintf("migration %s: %v, in: %s", e.File, e.Err, clean(e.Statement, 500))
}

func (e *MigrationError) Unwrap() error { return e.Err }

// Migrate brings the schema up to what this release expects. Several at once
// wait for each other. ErrNewerSchema, without touching anything, if the schema
// is newer; *MigrationError if a migration fails; session.ErrStore if the
// database does not answer. A migration may take long: only the context ends it.
func Migrate(ctx context.Context, url string, log *slog.Logger) error {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return migrateFiles(ctx, url, files(), log)
}

// MigrationStatus says how many migrations were applied and how many this
// release has. It changes nothing. More applied than there are: ErrNewerSchema
// is what Migrate would say.
func MigrationStatus(ctx context.Context, url string) (current, target int, err error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	names, err := migrate.FindMigrations(files())
	if err != nil {
		return 0, 0, fmt.Errorf("sql: %w", err)
	}
	err = connected(ctx, url, func(conn *pgx.Conn) error {
		var there bool
		if err := conn.QueryRow(ctx, "select to_regclass($1) is not null", versionTable).Scan(&there); err != nil || !there {
			return err
		}
		return conn.QueryRow(ctx, "select version from "+versionTable).Scan(&current)
	})
	return current, len(names), fault(ctx, "read the schema's version", err)
}

// needed is the version that this berth's queries are written for.
func needed() (int, error) {
	names, err := migrate.FindMigrations(files())
	if err != nil {
		return 0, fmt.Errorf("sql: %w", err)
	}
	return len(names), nil
}

// SchemaHash tells one set of migrations from another.
func SchemaHash() string {
	hash := sha256.New()
	names, _ := fs.Glob(files(), "*.sql")
	for _, name := range names {
		text, err := fs.ReadFile(files(), name)
		if err != nil {
			panic(err) // it is embedded
		}
		_, _ = fmt.Fprintf(hash, "%s %d\n%s", name, len(text), text)
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// files are the embedded migrations.
func files() fs.FS {
	sub, err := fs.Sub(embedded, "migrations")
	if err != nil {
		panic(err) // the name is a constant
	}
	return sub
}

func migrateFiles(ctx context.Context, url string, files fs.FS, log *slog.Logger) error {
	err := connected(ctx, url, func(conn *pgx.Conn) error {
		var encoding string
		if err := conn.QueryRow(ctx, "show server_encoding").Scan(&encoding); err != nil {
			return err
		}
		if encoding != "UTF8" {
			return fmt.Errorf("the database's encoding is %s; create it with encoding UTF8", encoding)
		}
		m, err := migrate.NewMigrator(ctx, conn, versionTable)
		if err != nil {
			return err
		}
		if err := load(m, files); err != nil {
			return err
		}
		m.OnStart = func(n int32, name, _, _ string) { log.Info("migrating the database", "number", n, "file", name) }
		err = m.Migrate(ctx)
		if bad, ok := errors.AsType[migrate.BadVersionError](err); ok {
			return fmt.Errorf("%w: %w", ErrNewerSchema, bad)
		}
		return err
	})
	return fault(ctx, "migrate the database", err)
}

// load gives the migrator every file. Files are plain SQL: nothing in them is a
// template.
func load(m *migrate.Migrator, files fs.FS) error {
	names, err := migrate.FindMigrations(files)
	if err != nil {
		return err
	}
	for i, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		m.Migrations = append(m.Migrations, &migrate.Migration{
			Sequence: int32(i) + 1,
			Name:     name,
			UpFunc: func(ctx context.Context, conn *pgx.Conn) error {
				for _, statement := range statements(string(text)) {
					if _, err := conn.Exec(ctx, statement); err != nil {
						return &MigrationError{File: name, Statement: statement, Err: err}
					}
				}
				return nil
			},
		})
	}
	return nil
}

// connected runs fn with a connection of its own, on which no statement times
// out.
func connected(ctx context.Context, url string, fn func(*pgx.Conn) error) error {
	config, err := parse(url)
	if err != nil {
		return err
	}
	config.ConnConfig.RuntimeParams["statement_timeout"] = "0"
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return err
	}
	defer hangUp(conn)
	return fn(conn)
}
