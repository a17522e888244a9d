package sql

import (
	"context"
	"io/fs"
	"log/slog"
	"time"
)

// For the tests of package sql_test.

func MigrateFiles(ctx context.Context, url string, files fs.FS) error {
	return migrateFiles(ctx, url, files, slog.New(slog.DiscardHandler))
}

func (s *Store) CheckIdleEvery(d time.Duration) { s.idleCheck = d }

var (
	Clean      = clean
	Statements = statements
)

const (
	MaxLogLines = maxLogLines
	MaxLogBytes = maxLogBytes
	MaxLine     = maxLine
	MaxText     = maxText
)
