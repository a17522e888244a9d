package agent

import (
	"context"
	"io"
	"log/slog"
	"os"

	"github.com/berth-hpc/berth/gateway/tunnel"
)

// Config is what the command hands to Run.
type Config struct {
	Hello   tunnel.Hello
	Version string // of this program, for the gateway's log

	Getenv  func(string) string // required: job id, restarts, CUDA_VISIBLE_DEVICES, HOME, USER, TMPDIR
	Environ func() []string     // required: what the app inherits
	Signals <-chan os.Signal    // SIGTERM, SIGINT: stop; nil: none
	Logger  *slog.Logger        // nil: nothing is logged
	Output  io.Writer           // the app's output is copied here too (the job's log file); nil: not
}

// Run claims the session, runs its app and returns when it is over. The error
// is nil when the app ended with 0 or a newer agent took over; *Exit when the
// app ended otherwise; anything else means that there was nothing to run.
func Run(ctx context.Context, config Config) error { panic("being written") }

// Exit is an app's end other than 0. Code is what the agent's own exit status
// should be: the app's, or 128 plus the signal.
type Exit struct {
	Code   int
	Signal int
}

func (e *Exit) Error() string { return "the app has ended" }
