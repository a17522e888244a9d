package sql

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Listen delivers what other calls, of this and of every other process on the
// same database, announce. It returns when the context ends.
//
// deliver is called from one goroutine, one notice at a time, and should return
// soon. The first notice is a Resync, and another comes after every time that
// the connection was lost: subscribe first, read the rows at each Resync, and
// read a row again at each of its notices. Then nothing is missed, because a
// notice is sent by the transaction that it is about (only LogGrew is sent a
// little later).
func (s *Store) Listen(ctx context.Context, deliver func(Notice)) {
	var wait backoff
	for {
		err := s.listen(ctx, func(n Notice) {
			wait.reset()
			deliver(n)
		})
		if ctx.Err() != nil {
			return
		}
		s.log.Warn("cannot listen to the database; trying again", "error", err)
		pause(ctx, wait.next())
		if ctx.Err() != nil {
			return
		}
	}
}

// listen is one connection's life. It always returns an error.
func (s *Store) listen(ctx context.Context, deliver func(Notice)) error {
	conn, err := s.dial(ctx, "berth listen")
	if err != nil {
		return err
	}
	defer hangUp(conn)
	if err := within(ctx, func(ctx context.Context) error {
		_, err := conn.Exec(ctx, "listen "+channel)
		return err
	}); err != nil {
		return err
	}
	deliver(Notice{Kind: Resync})
	for {
		payload, err := s.next(ctx, conn)
		if err != nil {
			return err
		}
		if n, ok := parseNotice(payload); ok {
			deliver(n)
		}
	}
}

// next waits for a notification, or for the end of the connection or context.
func (s *Store) next(ctx context.Context, conn *pgx.Conn) (payload string, err error) {
	for {
		quiet, cancel := context.WithTimeout(ctx, s.idleCheck)
		n, err := conn.WaitForNotification(quiet)
		cancel()
		switch {
		case err == nil:
			return n.Payload, nil
		case ctx.Err() != nil:
			return "", ctx.Err()
		case !errors.Is(err, context.DeadlineExceeded) || conn.IsClosed():
			return "", err
		}
		if err := within(ctx, conn.Ping); err != nil {
			return "", fmt.Errorf("the connection is dead: %w", err)
		}
	}
}

// within gives a question on a connection of our own the time of a ping.
func within(ctx context.Context, fn func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	return fn(ctx)
}
