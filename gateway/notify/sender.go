package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"
)

// ErrNever is part of errors that trying again does not mend.
var ErrNever = errors.New("not tried again")

// Sender sends what is due.
type Sender struct {
	Store    Store
	Channels map[string]Channel
	Now      func() time.Time
	Log      *slog.Logger
}

const sendLimit = 20 * time.Second

// Run makes notices of what happened, and sends what is due.
func (s Sender) Run(ctx context.Context) (string, error) {
	channels := slices.Sorted(maps.Keys(s.Channels))
	now := s.Now()
	if _, err := s.Store.CollectNotices(ctx, channels, now.Add(-Fresh), now); err != nil {
		return "", err
	}
	due, err := s.Store.TakeNotices(ctx, channels, now, now.Add(hold), mostOnce)
	if err != nil {
		return "", err
	}
	var sent, failed int
	var errs []error
	for _, n := range due {
		o := Outcome{SentAt: s.Now()}
		if err := s.send(ctx, n); err != nil {
			o = Outcome{Failure: err.Error()}
			if n.Tries < MostTries && !errors.Is(err, ErrNever) {
				o.AgainAt = s.Now().Add(time.Minute << (n.Tries - 1))
			}
			s.Log.WarnContext(ctx, "notice", "channel", n.Channel, "session", n.Session, "try", n.Tries, "again", o.AgainAt, "err", err)
			failed++
		} else {
			sent++
		}
		errs = append(errs, s.Store.NoticeDone(ctx, n, o))
	}
	return fmt.Sprintf("%d sent, %d not", sent, failed), errors.Join(errs...)
}

func (s Sender) send(ctx context.Context, n Notice) error {
	if s.Now().Sub(n.At) > Fresh {
		return fmt.Errorf("too old: %w", ErrNever)
	}
	ctx, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	return s.Channels[n.Channel].Send(ctx, n)
}
