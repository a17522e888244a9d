package local

import (
	"time"

	"github.com/berth-hpc/berth/batch"
)

// outlook is what is known of a waiting job beside its record.
type outlook struct {
	reason string
	start  time.Time // estimated; zero: nobody can say
}

// job is what the record means in the words of package batch.
func (r *record) job(host string, o outlook) batch.Job {
	j := batch.Job{
		ID: r.ID, Owner: r.Owner, Tag: r.Tag, Queue: r.Queue, Native: string(r.Phase), Reason: r.Reason,
		SubmittedAt: r.SubmittedAt, TimeLimit: r.TimeLimit, CancelledBy: r.CancelledBy,
	}
	switch r.Phase {
	case waiting:
		j.State, j.Reason, j.EstimatedStart = batch.Pending, o.reason, o.start
		if r.Held {
			j.State, j.Native = batch.Held, "held"
		}
		return j
	case starting:
		j.State = batch.Configuring
		return j
	case running:
		j.State = batch.Running
		if !r.CancelledAt.IsZero() {
			j.State, j.Native = batch.Completing, "ending"
		}
	case ended:
		j.State, j.EndedAt, j.Signal = r.State, r.EndedAt, r.Signal
		if r.ExitCode != nil {
			code := *r.ExitCode
			j.ExitCode = &code
		}
	}
	j.StartedAt = r.StartedAt
	if !r.StartedAt.IsZero() {
		j.Nodes, j.NodeList, j.BatchHost = []string{host}, host, host
	}
	return j
}
