//go:build failpoint

package session

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// chosen is the fail point at which this process dies, from BERTH_FAILPOINT:
// "after_row"; "during_submit:20ms" to die that long after it was reached;
// "after_row#3" to die when it is reached for the third time. Only test
// binaries are built with the failpoint tag.
var chosen = sync.OnceValue(func() (c struct {
	name  string
	after time.Duration
	visit int64
},
) {
	text, visit, _ := strings.Cut(os.Getenv("BERTH_FAILPOINT"), "#")
	name, after, _ := strings.Cut(text, ":")
	c.name = name
	c.after, _ = time.ParseDuration(after)
	c.visit, _ = strconv.ParseInt(visit, 10, 64)
	return c
})

var visits atomic.Int64 // of the chosen point

// failpoint kills the process as kill -9 would, if this is the chosen point.
func failpoint(name string) {
	c := chosen()
	if c.name != name || visits.Add(1) != max(c.visit, 1) {
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
