package supervisor

import "time"

// Report is what a command says of a job, as JSON on its standard output.
type Report struct {
	State   State     `json:"state"`
	Process Process   `json:"process,omitzero"` // of the supervisor, once it was started
	Started time.Time `json:"started,omitzero"`
	Exit    *Exit     `json:"exit,omitempty"` // with Ended
}

// State is where a job is.
type State string

// The states of a job, as its directory and the kernel prove them.
const (
	Absent   State = "absent"   // it was never started, or was forgotten
	Running  State = "running"  // its supervisor lives
	Ended    State = "ended"    // and how is written down
	Vanished State = "vanished" // it was started, and its supervisor is gone without a word
)

// Exit is how a job ended.
type Exit struct {
	At     time.Time `json:"at"`
	Code   int       `json:"code"`   // of the script; meaningless with a signal
	Signal int       `json:"signal"` // 0: none
	Cause  Cause     `json:"cause,omitempty"`
	Error  string    `json:"error,omitempty"` // why the script could not be started
}

// Cause is who wanted a job's end, or "" when it ended by itself.
type Cause string

// The causes.
const (
	Cancelled  Cause = "cancelled"  // Cancel
	TimeLimit  Cause = "time limit" // its time was up
	Memory     Cause = "memory"     // it used more than its share
	Terminated Cause = "terminated" // the supervisor was told to end: the machine goes down
)

// started is the record that a supervisor has taken charge.
type started struct {
	Process Process   `json:"process"`
	At      time.Time `json:"at"`
}
