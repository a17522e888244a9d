package batch

import (
	"errors"
	"strings"
)

// ErrUnavailable means that the scheduler did not answer: a timeout, a
// controller that is down, a command that is missing or whose output makes no
// sense. It says nothing about any job.
var ErrUnavailable = errors.New("the scheduler does not answer")

// ErrForbidden means that the service may not act as the owner (a sudo rule is
// missing, say). Only an admin can mend it.
var ErrForbidden = errors.New("the service may not act as this user")

// ErrNoHistory means that the scheduler keeps no record of finished jobs.
var ErrNoHistory = errors.New("the scheduler keeps no job history")

// Rejected is a scheduler's refusal of a request that the user can mend.
type Rejected struct {
	// Field is the request's field at fault in the words of a launch request:
	// "queue", "account", "qos", "gpus", "gpu_type", "cpus", "memory",
	// "time_limit", or "" when the scheduler does not say.
	Field string
	// Reason says in plain words what is wrong, without the scheduler's jargon.
	Reason string
	// Native is the scheduler's own first line, cleaned of control characters.
	Native string
}

func (r *Rejected) Error() string {
	var b strings.Builder
	b.WriteString("rejected by the scheduler: ")
	b.WriteString(r.Reason)
	if r.Native != "" {
		b.WriteString(" (" + r.Native + ")")
	}
	return b.String()
}
