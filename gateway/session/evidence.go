package session

import "time"

// Source says who made an observation.
type Source string

// The sources of evidence.
const (
	FromQueue      Source = "queue"      // squeue, qstat
	FromAccounting Source = "accounting" // sacct, qstat -x
	FromAgent      Source = "agent"
	FromPerson     Source = "person"
	FromGateway    Source = "gateway" // our own doing: submitted, reconciled
)

// Evidence is one dated entry of a session's timeline. The timeline is only
// ever added to.
type Evidence struct {
	At     time.Time
	Source Source
	Event  Event
	From   State // before
	To     State // after; equal to From for an observation that moved nothing
	By     string
	Text   string // in words, for the owner to read
}

// LogLine is one line of what the app or the job printed.
type LogLine struct {
	Seq    int64 // position in the session's log, rising
	At     time.Time
	Stream string // "stdout", "stderr" or "job"
	Text   string
}
