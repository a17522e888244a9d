package session

// State is where a session is in its life. It is never a job's state.
type State string

const (
	// Requested: the row exists; no job is known. Leaves by a stored job id, an
	// agent's claim, a refusal, or a stop.
	Requested State = "Requested"
	// Queued: a job waits in the scheduler's queue.
	Queued State = "Queued"
	// Starting: the job runs; the app does not answer yet.
	Starting State = "Starting"
	// Ready: the app answers and the browser is let through.
	Ready State = "Ready"
	// Stopping: somebody or some rule asked for the end; there is no proof yet.
	Stopping State = "Stopping"
	// Ended: over, for a reason. Final.
	Ended State = "Ended"
)

// States lists every state in the order of a life.
func States() []State { return []State{Requested, Queued, Starting, Ready, Stopping, Ended} }

// Waiting reports whether the job has not begun to run.
func (s State) Waiting() bool { return s == Requested || s == Queued }

// EndReason says why a session ended.
type EndReason string

// The reasons. Each one needs positive proof, except Lost, which is what is
// said when there is none.
const (
	StoppedByOwner EndReason = "stopped"       // the owner pressed stop
	StoppedByAdmin EndReason = "stopped_admin" // an admin did
	StoppedIdle    EndReason = "idle"          // an idle rule did
	Finished       EndReason = "finished"      // the app exited with 0
	Failed         EndReason = "failed"        // the app or the job failed
	Refused        EndReason = "refused"       // the scheduler refused the job
	NotSubmitted   EndReason = "not_submitted" // the scheduler did not answer
	Cancelled      EndReason = "cancelled"     // the job was cancelled outside berth
	TimedOut       EndReason = "timeout"       // the time limit was reached
	OutOfMemory    EndReason = "out_of_memory"
	NodeFailed     EndReason = "node_fail"
	Preempted      EndReason = "preempted"
	StartTimeout   EndReason = "start_timeout" // the app never answered
	Lost           EndReason = "lost"          // nobody reports the job any more
)

// EndReasons lists every reason.
func EndReasons() []EndReason {
	return []EndReason{
		StoppedByOwner, StoppedByAdmin, StoppedIdle, Finished, Failed, Refused, NotSubmitted,
		Cancelled, TimedOut, OutOfMemory, NodeFailed, Preempted, StartTimeout, Lost,
	}
}
