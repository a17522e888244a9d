package local

import (
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/local/supervisor"
)

// phase is where a record stands.
type phase string

const (
	waiting  phase = "waiting"  // in the queue
	starting phase = "starting" // resources are given; it may have been started, or not yet
	running  phase = "running"  // its supervisor was seen
	ended    phase = "ended"    // for good
)

// record is one job, as its file has it.
type record struct {
	ID     batch.JobID `json:"id"`
	Number int64       `json:"number"` // the order of submission
	Owner  string      `json:"owner"`
	Tag    string      `json:"tag"`
	Queue  string      `json:"queue"`

	CPUs      int            `json:"cpus"`
	Memory    batch.Bytes    `json:"memory"`
	GPUs      int            `json:"gpus,omitempty"`
	GPUType   string         `json:"gpu_type,omitempty"` // "": any
	TimeLimit batch.Duration `json:"time_limit,omitempty"`
	WorkDir   string         `json:"work_dir,omitempty"`

	Phase       phase     `json:"phase"`
	Held        bool      `json:"held,omitempty"`
	SubmittedAt time.Time `json:"submitted_at"`
	CancelledAt time.Time `json:"cancelled_at,omitzero"`
	CancelledBy string    `json:"cancelled_by,omitempty"`

	// From the moment that resources are given.
	Given     []string           `json:"given,omitempty"` // GPUs, by index
	GivenAt   time.Time          `json:"given_at,omitzero"`
	Process   supervisor.Process `json:"process,omitzero"`
	StartedAt time.Time          `json:"started_at,omitzero"`

	// Group is the directory of the job's control group; "": it has none.
	Group group `json:"group,omitempty"`

	// The end.
	State    batch.State `json:"state,omitempty"`
	Reason   string      `json:"reason,omitempty"`
	EndedAt  time.Time   `json:"ended_at,omitzero"`
	ExitCode *int        `json:"exit_code,omitempty"`
	Signal   int         `json:"signal,omitempty"`
}

// holds reports whether resources are given to the job.
func (r *record) holds() bool { return r.Phase == starting || r.Phase == running }

func (r *record) live() bool { return r.Phase != ended }

// end makes the record final.
func (r *record) end(state batch.State, reason string, at time.Time) {
	r.Phase, r.State, r.Reason, r.EndedAt = ended, state, reason, at
	if r.EndedAt.Before(r.StartedAt) {
		r.EndedAt = r.StartedAt
	}
}

// outOfMemory says of a job that has failed what the kernel has done to it.
func (r *record) outOfMemory() {
	if r.Phase == ended && r.State == batch.Failed {
		r.State, r.Reason = batch.OutOfMemory, "OutOfMemory"
	}
}

// endWith makes the record final by what its supervisor wrote down.
func (r *record) endWith(e supervisor.Exit, now time.Time) {
	state, reason := stateOf(e)
	r.end(state, reason, between(r.GivenAt, e.At, now))
	r.Signal = e.Signal
	if e.Signal == 0 && !r.StartedAt.IsZero() {
		r.ExitCode = &e.Code
	}
	if r.CancelledBy == "" && e.Cause == supervisor.Cancelled {
		r.CancelledBy = r.Owner
	}
}

func stateOf(e supervisor.Exit) (state batch.State, reason string) {
	switch {
	case e.Error != "":
		return batch.LaunchFailed, firstLine([]byte(e.Error))
	case e.Cause == supervisor.Cancelled:
		return batch.Cancelled, ""
	case e.Cause == supervisor.TimeLimit:
		return batch.Timeout, "TimeLimit"
	case e.Cause == supervisor.Memory:
		return batch.OutOfMemory, "OutOfMemory"
	case e.Cause == supervisor.Terminated:
		return batch.NodeFail, "the machine, or somebody on it, told the job to end"
	case e.Signal == 0 && e.Code == 0:
		return batch.Completed, ""
	}
	return batch.Failed, "NonZeroExitCode"
}
