package sql

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// campaignEvery is how often a follower tries. (Waiting inside
// pg_advisory_lock would hold back vacuum for as long as the leader lives.)
const campaignEvery = time.Second

// RunLeader runs fn while this process, and no other on the same database, holds
// the lock of that name; fn's context ends when the lock is lost or ctx ends.
// After a loss, or when fn returns by itself, it tries again. It returns when
// ctx ends and fn has returned.
//
// The lock lives as long as its connection. When a network is cut, the server
// frees it before this side has noticed: for some seconds there may be two
// leaders, so what a leader does must bear being done twice.
func (s *Store) RunLeader(ctx context.Context, name string, fn func(context.Context)) {
	var wait backoff
	for ctx.Err() == nil {
		err := s.lead(ctx, name, func(ctx context.Context) {
			wait.reset()
			s.log.Info("leading", "name", name)
			fn(ctx)
		})
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			s.log.Warn("cannot lead; trying again", "name", name, "error", err)
		}
		pause(ctx, max(wait.next(), campaignEvery/10))
	}
}

// lead is one connection's life: wait for the lock, run fn, watch.
func (s *Store) lead(ctx context.Context, name string, fn func(context.Context)) error {
	conn, err := s.dial(ctx, "berth leader")
	if err != nil {
		return err
	}
	defer hangUp(conn)
	if err := campaign(ctx, conn, lockKey("leader", name)); err != nil {
		return err
	}
	reign, end := context.WithCancel(ctx)
	defer end()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer end() // fn has had enough
		fn(reign)
	}()
	for err == nil {
		_, err = s.next(reign, conn) // nothing is listened to: only the end comes
	}
	over := reign.Err() != nil
	end()
	<-done
	if over {
		return nil
	}
	return err
}

// watched tells the server to notice within half a minute when this side is
// gone, and so to free its locks.
func watched(ctx context.Context, conn *pgx.Conn) error {
	for _, set := range []string{
		"set tcp_keepalives_idle = 10", "set tcp_keepalives_interval = 5", "set tcp_keepalives_count = 3",
		"set tcp_user_timeout = 25000",
	} {
		if err := within(ctx, func(ctx context.Context) error {
			_, err := conn.Exec(ctx, set)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// campaign returns when the lock is held, or with an error.
func campaign(ctx context.Context, conn *pgx.Conn, key int64) error {
	if err := watched(ctx, conn); err != nil {
		return err
	}
	for {
		var held bool
		if err := within(ctx, func(ctx context.Context) error {
			return conn.QueryRow(ctx, "select pg_try_advisory_lock($1)", key).Scan(&held)
		}); err != nil || held {
			return err
		}
		pause(ctx, campaignEvery)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}
