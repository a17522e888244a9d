package login

import (
	"fmt"
	"time"
)

// Throttled says that there were too many failed sign-ins for this user name or
// from this address. The password was not looked at.
type Throttled struct {
	// RetryAfter is when it may be tried again; at least a second.
	RetryAfter time.Duration
}

func (t *Throttled) Error() string {
	return fmt.Sprintf("too many failed sign-ins, try again in %s", t.RetryAfter.Round(time.Second))
}
