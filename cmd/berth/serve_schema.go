package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/berth-hpc/berth/sql"
)

// schemaWait is how long a start waits for the database to say its schema.
const schemaWait = 3 * time.Second

var errOldSchema = errors.New("the database's schema is older than this program")

// checkSchema refuses a schema that this program is not made for. A database
// that does not answer is no reason not to start: readiness waits for it.
func checkSchema(ctx context.Context, url string, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(ctx, schemaWait)
	defer cancel()
	current, target, err := sql.MigrationStatus(ctx, url)
	switch {
	case err != nil:
		log.Warn("the schema's version is not known yet", "err", err)
	case current > target:
		return fmt.Errorf("%w: it is at %d, this berth knows %d; install the release that migrated it", sql.ErrNewerSchema, current, target)
	case current < target:
		return fmt.Errorf("%w: it is at %d, this berth needs %d; run berth migrate", errOldSchema, current, target)
	}
	return nil
}
