package batch

import "context"

// Tagged is implemented by schedulers that can list jobs by the beginning of
// their tag, whoever owns them. It is how jobs are found that no session knows
// of. Anyone can give a job any name: callers believe none of it without the
// owner.
type Tagged interface {
	// Tagged reports every job that the queue still shows and whose tag begins
	// with prefix, in any state.
	Tagged(ctx context.Context, prefix string) ([]Job, error)
}
