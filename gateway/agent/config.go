package agent

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/berth-hpc/berth/gateway/tunnel"
)

// Config is what the command hands to Run.
type Config struct {
	Hello   tunnel.Hello
	Version string // of this program, for the gateway's log

	Getenv  func(string) string // required: job id, restarts, HOME, TMPDIR, PATH, CUDA_VISIBLE_DEVICES
	Environ func() []string     // required: what the app inherits
	Signals <-chan os.Signal    // SIGTERM, SIGINT: stop; nil: none
	Logger  *slog.Logger        // nil: nothing is logged
	Output  io.Writer           // the app's output is copied here too (the job's log file); nil: not

	sampleEvery time.Duration // 0: sampleEvery; tests hurry
}

// Exit is an app's end other than 0. Code is what the agent's own exit status
// should be: the app's, or 128 plus the signal.
type Exit struct {
	Code   int
	Signal int
}

func (e *Exit) Error() string {
	if e.Signal > 0 {
		return fmt.Sprintf("the app was ended by signal %d", e.Signal)
	}
	return fmt.Sprintf("the app ended with exit code %d", e.Code)
}
