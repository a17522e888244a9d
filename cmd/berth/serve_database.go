package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"

	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/postgres"
)

// privateDir is where a gateway without database.url keeps its PostgreSQL.
func (c *fileConfig) privateDir() string { return filepath.Join(c.StateDir, "postgres") }

// database checks what there is to be known about the database. A gateway that is
// given none has one of its own in its state directory.
func (k *checker) database(c *fileConfig) {
	if c.Database.URL != "" {
		return
	}
	c.Database.private = true
	c.Database.URL = postgres.URL(c.privateDir())
	if err := postgres.Check(c.privateDir()); err != nil {
		k.fault("database.url", "is not set, and state_dir cannot hold a private PostgreSQL: %v", err)
	}
}

// startDatabase starts the private PostgreSQL, if the config wants one and no
// other berth runs it, with its schema up to date. The server is nil without one.
func startDatabase(ctx context.Context, c *fileConfig, log *slog.Logger) (*postgres.Server, error) {
	if !c.Database.private {
		return nil, nil
	}
	server, err := postgres.Start(ctx, postgres.Config{Dir: c.privateDir(), Volatile: c.Database.volatile, Log: log})
	if err != nil {
		return nil, err
	}
	if err := sql.Migrate(ctx, c.Database.URL, log); err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return server, nil
}

// withDatabase runs fn beside the private PostgreSQL, and ends with an error if
// that ends first.
func withDatabase(ctx context.Context, c *fileConfig, log *slog.Logger, fn func(context.Context) error) error {
	server, err := startDatabase(ctx, c, log)
	if err != nil {
		return err
	}
	if server == nil {
		return fn(ctx)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-server.Done():
			cancel(errDatabaseEnded)
		case <-ctx.Done():
		}
	}()
	err = fn(ctx)
	ended := errors.Is(context.Cause(ctx), errDatabaseEnded)
	cancel(nil)
	<-watched
	if ended {
		err = errors.Join(errDatabaseEnded, err)
	}
	return errors.Join(err, server.Stop())
}

var errDatabaseEnded = errors.New("the private PostgreSQL has ended; its log is in the state directory")
