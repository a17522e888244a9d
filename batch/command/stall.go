package command

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// slow is when a question that fails in the end is one that stalls. A server that
// is down says so at once; one that hangs, or that is waited for, does not.
const slow = 3 * time.Second

// ErrStalled means that questions with this program stall at the moment, and that
// nothing was asked. It is asked again behind the scenes.
var ErrStalled = fmt.Errorf("it did not answer the last question in time: %w", ErrTimeout)

// stalls keeps one batch system that hangs from holding up whoever asks several
// in turn: after a question has stalled, the next ones with the same program
// fail at once, and one at a time is asked in the background until one has been
// answered.
type stalls struct {
	mu      sync.Mutex
	stalled map[string]bool // by the program's path
	asking  map[string]bool
}

// note takes how a question went.
func (s *stalls) note(path string, r Result, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stalled == nil {
		s.stalled, s.asking = map[string]bool{}, map[string]bool{}
	}
	s.stalled[path] = (err != nil || !r.OK()) && r.Duration >= slow
}

// begin reports whether questions stall, and whether this one is to be asked in
// the background.
func (s *stalls) begin(path string) (stalled, ask bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stalled[path] {
		return false, false
	}
	ask = !s.asking[path]
	s.asking[path] = true
	return true, ask
}

func (s *stalls) end(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asking[path] = false
}

// question runs a command that only asks.
func (r *Runner) question(ctx context.Context, c Command) (Result, error) {
	argv := append([]string{c.Path}, c.Args...)
	stalled, ask := r.stalls.begin(c.Path)
	if ask {
		go func() {
			defer r.stalls.end(c.Path)
			// Whoever asked is not waiting; the command's own deadline bounds it.
			result, err := r.run(context.WithoutCancel(ctx), argv, c)
			r.stalls.note(c.Path, result, err)
		}()
	}
	if stalled {
		return Result{}, fmt.Errorf("%s: %w", c.Path, ErrStalled)
	}
	result, err := r.run(ctx, argv, c)
	if ctx.Err() == nil { // a caller that gave up has found out nothing
		r.stalls.note(c.Path, result, err)
	}
	return result, err
}
