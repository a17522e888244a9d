package sql

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/puddle/v2"

	"github.com/berth-hpc/berth/gateway/session"
)

// fault is the one place that tells apart whose fault an error is: a database
// that does not answer becomes session.ErrStore, everything else is only given
// the name of what was being done.
func fault(ctx context.Context, what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", what, err)
	case !down(err):
		return fmt.Errorf("%s: %w", what, err)
	case errors.Is(ctx.Err(), context.Canceled): // which is why the connection broke
		return fmt.Errorf("%s: %w: %w", what, context.Canceled, err)
	}
	return fmt.Errorf("%s: %w: %w", what, session.ErrStore, err)
}

// down reports whether the error means that the database does not answer, or
// answers that it cannot serve now. Codes: PostgreSQL manual, appendix A.
func down(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pg.Code {
		case "57014", // the statement took too long
			"57P01", "57P02", "57P03", "57P04", "57P05", // shutting down, crashed, starting up, dropped
			"25006", // became a standby
			"25P03": // idle in a transaction for too long
			return true
		}
		switch pg.Code[:min(2, len(pg.Code))] {
		case "08", // connection
			"28",       // may not log in
			"40",       // deadlock, serialization: nothing was changed
			"53", "58": // resources (too many connections, disk full), system
			return true
		}
		return pg.Code == "3D000" // no such database
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	for _, e := range []error{
		context.DeadlineExceeded, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed,
		pgconn.ErrConnClosed, puddle.ErrClosedPool, puddle.ErrNotAvailable,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return pgconn.Timeout(err)
}

// broke reports whether the error is the violation of that constraint.
func broke(err error, constraint string) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.ConstraintName == constraint
}
