package cron

import (
	"context"
	"time"
)

// Job is a piece of recurring work.
type Job struct {
	Name  string // [a-z0-9-]+
	About string // what it does, one sentence for admins
	Spec  string // when; see Parse

	// Deadline ends a run that takes too long. 0: DefaultDeadline.
	Deadline time.Duration
	// AtOnce runs the job as soon as somebody leads, beside its schedule.
	AtOnce bool
	// Often says that good runs are too many to be kept one by one.
	Often bool
	// Everywhere runs the job in each gateway instead of in one.
	Everywhere bool

	// Run does the work once, and says in a few words for admins what came of it.
	// It returns soon after its context ends.
	Run func(ctx context.Context) (detail string, err error)
}

// DefaultDeadline is that of a job that sets none.
const DefaultDeadline = 10 * time.Minute

func (j Job) deadline() time.Duration {
	if j.Deadline > 0 {
		return j.Deadline
	}
	return DefaultDeadline
}
