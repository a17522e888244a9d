package batch

import "time"

// Job is what a scheduler reports about one job. Zero values mean "not said".
type Job struct {
	ID     JobID
	Owner  string // user name, host removed
	Tag    string // the job's name; see Script.Tag
	State  State
	Native string // the scheduler's own word for the state
	Reason string // why it waits or how it ended, in the scheduler's words; "" for none

	Queue   string
	Account string
	QOS     string

	Nodes     []string // expanded, in the scheduler's order
	NodeList  string   // native text, "c[1-2]"
	BatchHost string   // where the script runs

	SubmittedAt    time.Time
	EstimatedStart time.Time // only while the job waits, and only an estimate
	StartedAt      time.Time
	EndedAt        time.Time
	TimeLimit      Duration // 0: unlimited or not said

	ExitCode    *int   // nil: not said, never started, or ended by a signal
	Signal      int    // 0: none
	Restarts    int    // times the scheduler has requeued the job
	CancelledBy string // user name, or the user's number if it has no name; "" if not said
}

// WillNeverRun reports whether the scheduler has said that a waiting job cannot
// run as it was asked for, however long it waits.
func (j Job) WillNeverRun() bool {
	return j.State.Phase() == PhaseWaiting && neverRuns(j.Reason)
}
