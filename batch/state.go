package batch

// State is a job's state: Slurm's long names, plus Held and Unknown. Short
// codes and the letters of PBS are mapped to these by the adapters, each in one
// table.
type State string

// Job states; see "JOB STATE CODES" in squeue(1) and sacct(1).
const (
	Pending      State = "PENDING"       // waits in the queue
	Held         State = "HELD"          // waits until somebody releases it
	RequeueHold  State = "REQUEUE_HOLD"  // requeued, then held
	RequeueFed   State = "REQUEUE_FED"   // requeued by a federation
	Requeued     State = "REQUEUED"      // on its way back into the queue
	SpecialExit  State = "SPECIAL_EXIT"  // requeued and held by exit code
	ResvDelHold  State = "RESV_DEL_HOLD" // held: its reservation is gone
	Configuring  State = "CONFIGURING"   // has nodes, which are still booting
	Running      State = "RUNNING"
	Suspended    State = "SUSPENDED" // allocated, not executing
	Stopped      State = "STOPPED"   // SIGSTOP; keeps its CPUs
	Resizing     State = "RESIZING"
	Signaling    State = "SIGNALING"
	StageOut     State = "STAGE_OUT"
	Completing   State = "COMPLETING" // ending; some processes may live
	Completed    State = "COMPLETED"
	Cancelled    State = "CANCELLED"
	Failed       State = "FAILED"
	Timeout      State = "TIMEOUT"
	NodeFail     State = "NODE_FAIL"
	BootFail     State = "BOOT_FAIL"
	LaunchFailed State = "LAUNCH_FAILED"
	Preempted    State = "PREEMPTED" // ended by preemption; not final when requeued
	OutOfMemory  State = "OUT_OF_MEMORY"
	Deadline     State = "DEADLINE"
	Revoked      State = "REVOKED" // a federation sibling runs it
	Unknown      State = "UNKNOWN" // the adapter does not know the native state
)

// Phase groups states by what they mean for somebody who waits for the job.
type Phase int

// The phases of a job.
const (
	PhaseUnknown  Phase = iota // says nothing; changes nothing
	PhaseWaiting               // not running, may run later
	PhaseRunning               // holds resources
	PhaseFinished              // final: will never run again
)

var phases = map[State]Phase{
	Pending: PhaseWaiting, Held: PhaseWaiting, RequeueHold: PhaseWaiting, RequeueFed: PhaseWaiting,
	Requeued: PhaseWaiting, SpecialExit: PhaseWaiting, ResvDelHold: PhaseWaiting,
	Configuring: PhaseWaiting,
	Running:     PhaseRunning, Suspended: PhaseRunning, Stopped: PhaseRunning, Resizing: PhaseRunning,
	Signaling: PhaseRunning, StageOut: PhaseRunning, Completing: PhaseRunning,
	Completed: PhaseFinished, Cancelled: PhaseFinished, Failed: PhaseFinished, Timeout: PhaseFinished,
	NodeFail: PhaseFinished, BootFail: PhaseFinished, LaunchFailed: PhaseFinished,
	OutOfMemory: PhaseFinished, Deadline: PhaseFinished, Preempted: PhaseFinished,
}

// Phase is the state's phase; PhaseUnknown for Revoked, Unknown and anything
// that is not in the table.
func (s State) Phase() Phase { return phases[s] }

// States lists every known state in a fixed order.
func States() []State {
	return []State{
		Pending, Held, RequeueHold, RequeueFed, Requeued, SpecialExit, ResvDelHold, Configuring,
		Running, Suspended, Stopped, Resizing, Signaling, StageOut, Completing,
		Completed, Cancelled, Failed, Timeout, NodeFail, BootFail, LaunchFailed, Preempted,
		OutOfMemory, Deadline, Revoked, Unknown,
	}
}
