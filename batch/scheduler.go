package batch

import (
	"context"
	"time"
)

// JobID names a job to its own scheduler. It is opaque: "1234" in Slurm,
// "1234.pbshost" in PBS. It is only unique within one cluster.
type JobID string

// Scheduler is one batch system. Methods are safe for concurrent use. Polling
// (Jobs, Find, Queues) runs as the service's own user; Submit and Cancel act as
// the owner.
type Scheduler interface {
	// Submit hands the script to the scheduler as a job of owner and returns the
	// job's id. A *Rejected error means that no job was made and the user can
	// mend the request. ErrForbidden means the same and the admin must mend the
	// site. Any other error, ErrUnavailable above all, says nothing about
	// whether a job exists: look the tag up with Find before trying again.
	Submit(ctx context.Context, owner string, script Script) (JobID, error)

	// Jobs reports what is known of the ids, with one command however many ids
	// there are. An id that the scheduler does not report is absent from the
	// map, which proves nothing about the job.
	Jobs(ctx context.Context, ids []JobID) (map[JobID]Job, error)

	// Find returns owner's jobs that carry the tag, in any state that the queue
	// still shows, oldest first. A tag is a hint: callers check Owner themselves.
	// A submission that was refused may be there too, as a Failed job that never
	// started.
	Find(ctx context.Context, owner, tag string) ([]Job, error)

	// Cancel ends the job in whatever state it is. A job that is already gone is
	// a success.
	Cancel(ctx context.Context, owner string, id JobID) error

	// Queues describes what can be asked for now.
	Queues(ctx context.Context) ([]Queue, error)
}

// History is implemented by schedulers that keep finished jobs (Slurm with
// accounting, PBS with job history).
type History interface {
	// Finished reports what accounting knows of the ids. Absent ids are unknown
	// there, or have not ended. Accounting may lag, and may not know Restarts or
	// BatchHost. A scheduler without accounting returns ErrNoHistory.
	Finished(ctx context.Context, ids []JobID) (map[JobID]Job, error)
	// FindFinished is Find over accounting, for jobs submitted at or after since.
	FindFinished(ctx context.Context, owner, tag string, since time.Time) ([]Job, error)
}

// Estimator is implemented by schedulers that can say when a job might start.
type Estimator interface {
	// Estimate asks when the script would start if it were submitted now,
	// without submitting it. The zero time means that the scheduler cannot say.
	Estimate(ctx context.Context, owner string, script Script) (time.Time, error)
}

// Previewer is implemented by schedulers that are used through a command that
// people know.
type Previewer interface {
	// Preview is the command that Submit would run, as an argv. The script would
	// be its standard input.
	Preview(script Script) ([]string, error)
}
