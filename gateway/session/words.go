package session

import (
	"fmt"
	"strings"

	"github.com/berth-hpc/berth/batch"
)

// Headline says in a few words where the session is.
func (s Session) Headline() string {
	if s.Suspended() {
		return "The scheduler has suspended the job"
	}
	switch s.State {
	case Requested:
		return "Handing your session to the scheduler"
	case Queued:
		if !s.HeldUntil.IsZero() {
			return "Held for a maintenance until " + s.HeldUntil.UTC().Format("Mon 2 Jan 15:04 UTC")
		}
		if s.JobReason != "" && s.JobReason != "None" {
			return batch.ReasonText(s.JobReason)
		}
		return "Waiting in the queue"
	case Starting:
		if s.AgentSince.IsZero() {
			return "The job has started; waiting for it to call back"
		}
		return "The app is starting"
	case Ready:
		if !s.AgentLost.IsZero() {
			return "Not connected since " + s.AgentLost.UTC().Format("15:04:05 UTC")
		}
		return "Ready"
	case Stopping:
		return "Stopping"
	}
	return s.Reason.Text()
}

// Suspended reports whether the scheduler keeps the session's processes from
// running.
func (s Session) Suspended() bool {
	return (s.State == Starting || s.State == Ready) && s.frozen()
}

// Text says in a few words why a session ended.
func (r EndReason) Text() string {
	if t, ok := reasonText[r]; ok {
		return t
	}
	return string(r)
}

// AdminText is Text for somebody who is not the session's owner.
func (r EndReason) AdminText() string {
	if r == StoppedByOwner {
		return "Its owner stopped it"
	}
	return r.Text()
}

var reasonText = map[EndReason]string{
	StoppedByOwner: "You stopped it",
	StoppedByAdmin: "An admin stopped it",
	StoppedIdle:    "Stopped because it was idle",
	Finished:       "The app ended by itself",
	Failed:         "The app failed",
	Refused:        "The scheduler refused it",
	NotSubmitted:   "The scheduler did not answer; nothing was started",
	Cancelled:      "The job was cancelled outside berth",
	TimedOut:       "It reached its time limit",
	OutOfMemory:    "It was ended for using more memory than it asked for",
	NodeFailed:     "Its node failed",
	Preempted:      "It was preempted by another job",
	StartTimeout:   "The app did not answer in time",
	Lost:           "The scheduler lost track of the job",
}

// cancellerWords says who cancelled a job: a user of whom perhaps only the
// number is known, or nobody knows.
func cancellerWords(user string) string {
	switch {
	case user == "":
		return ", it is not known by whom"
	case strings.Trim(user, "0123456789") == "":
		return " by user number " + user
	}
	return " by " + user
}

// exitWords says how a process ended.
func exitWords(code *int, signal int) string {
	switch {
	case signal > 0:
		return fmt.Sprintf("signal %d", signal)
	case code != nil:
		return fmt.Sprintf("exit code %d", *code)
	}
	return ""
}
