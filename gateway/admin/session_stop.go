package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/berth-hpc/berth/gateway/session"
)

// mostStops bounds how many sessions one call stops, and stopsAtOnce how many
// scheduler commands it has under way.
const (
	mostStops   = 1000
	stopsAtOnce = 4
)

// StopMany stops sessions for a reason, several at a time, and says how many it
// has asked to end. Those that could not be stopped are in the error.
func (a *Sessions) StopMany(ctx context.Context, who Actor, ids []session.ID, reason string) (int, error) {
	if len(ids) > mostStops {
		return 0, &Invalid{"", fmt.Sprintf("At most %d sessions can be stopped at once.", mostStops)}
	}
	if _, err := reasonOf(reason); err != nil {
		return 0, err
	}
	results := make(chan error, len(ids))
	slots := make(chan struct{}, stopsAtOnce)
	for _, id := range ids {
		slots <- struct{}{}
		go func() {
			defer func() { <-slots }()
			_, err := a.Stop(ctx, who, id, reason)
			if err != nil {
				err = fmt.Errorf("session %s: %w", id, err)
			}
			results <- err
		}()
	}
	var errs []error
	for range ids {
		if err := <-results; err != nil {
			errs = append(errs, err)
		}
	}
	return len(ids) - len(errs), errors.Join(errs...)
}
