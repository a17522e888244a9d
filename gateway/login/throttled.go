package login

import (
	"fmt"
	"time"
)

// Throttled says that there were too many failed sign-ins for this user name or
// from this address, or too many wrong API tokens from there. The password, or
// the token, was not looked at.
type Throttled struct {
	// RetryAfter is when it may be tried again; at least a second.
	RetryAfter time.Duration
}

func (t *Throttled) Error() string {
	return fmt.Sprintf("too many failed tries, try again in %s", t.RetryAfter.Round(time.Second))
}
