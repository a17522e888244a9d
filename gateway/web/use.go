package web

import (
	"context"
	"time"

	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/usage"
)

// UseSource knows what sessions use.
type UseSource interface {
	// Usage is what is known of one session; session.ErrNotFound: nothing.
	Usage(ctx context.Context, id session.ID) (usage.Summary, error)
	// Minutes are the session's latest minutes after a time, oldest first.
	Minutes(ctx context.Context, id session.ID, after time.Time, most int) ([]usage.Minute, error)
}

// Reports counts what sessions held and used.
type Reports interface {
	Report(ctx context.Context, q usage.Query) (usage.Report, error)
	Rows(ctx context.Context, q usage.Query) ([]usage.Row, error)
}

// nothingUsed knows of no use.
type nothingUsed struct{}

func (nothingUsed) Usage(context.Context, session.ID) (usage.Summary, error) {
	return usage.Summary{}, session.ErrNotFound
}

func (nothingUsed) Minutes(context.Context, session.ID, time.Time, int) ([]usage.Minute, error) {
	return nil, nil
}

func (nothingUsed) Report(context.Context, usage.Query) (usage.Report, error) {
	return usage.Report{}, nil
}
func (nothingUsed) Rows(context.Context, usage.Query) ([]usage.Row, error) { return nil, nil }
