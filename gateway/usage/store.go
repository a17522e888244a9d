package usage

import (
	"context"
	"time"

	"github.com/berth-hpc/berth/gateway/session"
)

// Store keeps what sessions use.
type Store interface {
	// AddMinutes adds the minutes that ended at that time. Those of sessions
	// that ended minutes before, or are at another attempt, are passed over.
	AddMinutes(ctx context.Context, at time.Time, minutes []Minute) error
	// NoteOpen notes when requests came or connections were open.
	NoteOpen(ctx context.Context, open map[session.ID]time.Time) error
}
