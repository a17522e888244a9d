package cron

import (
	"context"
	"time"
)

// Store keeps runs, and the locks under which they happen. Its promises are
// tested in sql.
type Store interface {
	// LockCron takes the job's lock, or says that another process has it. With
	// it comes that runs of the job that are noted as running were cut off. The
	// lock is freed by release, or when the process dies.
	LockCron(ctx context.Context, job string) (release func(), got bool, err error)
	// BeginCron notes that a run begins and gives it an ID. If it was asked for,
	// the request is taken and AskedBy filled in.
	BeginCron(ctx context.Context, r Run) (Run, error)
	// EndCron notes what came of a run and the job's standing with it. A run
	// without an ID gets no row of its own.
	EndCron(ctx context.Context, r Run, s Standing) error
	// MissCron notes a gap.
	MissCron(ctx context.Context, r Run) error
	// StandingsCron reads the standing of every job that ever ran.
	StandingsCron(ctx context.Context) (map[string]Standing, error)
	// AskedCron lists what was asked for and has not begun. What nobody took for
	// an hour is no longer wanted.
	AskedCron(ctx context.Context) ([]Request, error)
}

// Request is somebody's wish that a job runs now. The latest of a job counts.
type Request struct {
	Job string
	By  string
	At  time.Time
}
