package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

var postgresSockets = inside("postgres", "run")

// databaseURL names a database on the cluster's Postgres as one of its roles.
func databaseURL(role, database string) string {
	return fmt.Sprintf("postgres://%s@/%s?host=%s", role, database, postgresSockets)
}

// startPostgres serves the data directory on a Unix socket. The first start
// makes it, with a database "berth" that belongs to a role "berth".
func startPostgres(ctx context.Context, p plan) (*daemon, error) {
	data := inside("postgres", "data")
	postgres, err := postgresCommand("postgres")
	if err != nil {
		return nil, err
	}
	if err := shareSockets(); err != nil {
		return nil, err
	}
	if _, err := os.Stat(data); errors.Is(err, fs.ErrNotExist) {
		if err := initPostgres(ctx, data); err != nil {
			return nil, err
		}
	}
	// Tests need no disk: what they write is gone after the machine's crash.
	durable := "off"
	if p.demo() {
		durable = "on"
	}
	d := &daemon{
		name: "postgres", user: "postgres", stop: os.Interrupt, // fast shutdown
		argv: []string{
			postgres, "-D", data, "-k", postgresSockets,
			"-c", "listen_addresses=", "-c", "max_connections=300",
			"-c", "fsync=" + durable, "-c", "synchronous_commit=" + durable, "-c", "full_page_writes=" + durable,
		},
	}
	if err := d.start(); err != nil {
		return nil, err
	}
	ready, err := postgresCommand("pg_isready")
	if err != nil {
		return d, err
	}
	return d, d.await(ctx, func(ctx context.Context) error {
		return command(ctx, "", "", ready, "-q", "-h", postgresSockets, "-U", "postgres")
	})
}

// shareSockets lets berth, but no other user, reach the database.
func shareSockets() error {
	uid, _, err := lookup("postgres")
	if err != nil {
		return err
	}
	_, gid, err := lookup(service)
	if err != nil {
		return err
	}
	return os.Chown(postgresSockets, int(uid), int(gid))
}

// initPostgres makes the data directory under another name and gives it its own
// when it is complete, so that an interrupted first start does no harm.
func initPostgres(ctx context.Context, data string) error {
	initdb, err := postgresCommand("initdb")
	if err != nil {
		return err
	}
	postgres, err := postgresCommand("postgres")
	if err != nil {
		return err
	}
	draft := data + ".new"
	if err := os.RemoveAll(draft); err != nil {
		return err
	}
	if err := command(ctx, "postgres", "", initdb, "-D", draft, "-A", "trust", "-U", "postgres",
		"-E", "UTF8", "--locale=C.UTF-8", "--no-sync"); err != nil {
		return err
	}
	statements := "CREATE ROLE berth LOGIN;\nCREATE DATABASE berth OWNER berth;\n"
	if err := command(ctx, "postgres", statements, postgres, "--single", "-F", "-D", draft, "postgres"); err != nil {
		return err
	}
	return os.Rename(draft, data)
}

// postgresCommand finds one of the server's commands: Debian and RHEL keep them
// out of PATH. Of several versions it takes the last.
func postgresCommand(name string) (string, error) {
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin/", "/usr/pgsql-*/bin/"} {
		found, _ := filepath.Glob(pattern + name)
		if len(found) > 0 {
			return found[len(found)-1], nil
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("no PostgreSQL server here: %w", err)
	}
	return path, nil
}
