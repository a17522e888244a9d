//go:build failpoint

package session

import (
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// chosen is the fail point at which this process dies, from BERTH_FAILPOINT:
// "after_row", or "during_submit:20ms" to die that long after it was reached.
// Only test binaries are built with the failpoint tag.
var chosen = sync.OnceValue(func() (c struct {
	name  string
	after time.Duration
},
) {
	name, after, _ := strings.Cut(os.Getenv("BERTH_FAILPOINT"), ":")
	c.name = name
	c.after, _ = time.ParseDuration(after)
	return c
})

// failpoint kills the process as kill -9 would, if this is the chosen point.
func failpoint(name string) {
	c := chosen()
	if c.name != name {
		return
	}
	die := func() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) }
	if c.after > 0 {
		time.AfterFunc(c.after, die)
		return
	}
	die()
	select {} // until the signal has been delivered
}
