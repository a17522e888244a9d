package sql

import (
	"context"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

// jobLocks are the locks of recurring jobs that this process holds. They live on
// one connection of their own, which is dialled when it is first needed: a run
// may take long, and connections of the pool are for queries.
type jobLocks struct {
	mu   sync.Mutex
	conn *pgx.Conn
	held int
}

// LockCron implements cron.Store. When the connection is lost the server frees
// the lock, and the run goes on: what jobs do must bear being done twice.
func (s *Store) LockCron(ctx context.Context, job string) (release func(), got bool, err error) {
	l := &s.jobs
	l.mu.Lock()
	defer l.mu.Unlock()
	conn, err := s.locksConn(ctx)
	if err != nil {
		return nil, false, fault(ctx, "lock a job", err)
	}
	key := lockKey("job", job)
	err = within(ctx, func(ctx context.Context) error {
		if err := conn.QueryRow(ctx, "select pg_try_advisory_lock($1)", key).Scan(&got); err != nil || !got {
			return err
		}
		return dbsqlc.New(conn).CutOffCronRuns(ctx, job)
	})
	if err != nil {
		l.drop(conn)
		return nil, false, fault(ctx, "lock a job", err)
	}
	if !got {
		return nil, false, nil
	}
	l.held++
	return func() { l.release(conn, key) }, true, nil
}

// locksConn is the connection, dialled anew if it was lost. An advisory lock is
// its session's, which may have it many times: within this process Runner sees
// to it that a job does not overlap with itself.
func (s *Store) locksConn(ctx context.Context) (*pgx.Conn, error) {
	l := &s.jobs
	if l.conn != nil && !l.conn.IsClosed() {
		if l.held > 0 || within(ctx, l.conn.Ping) == nil {
			return l.conn, nil
		}
	}
	if l.conn != nil {
		l.drop(l.conn)
	}
	conn, err := s.dial(ctx, "berth jobs")
	if err != nil {
		return nil, err
	}
	if err := watched(ctx, conn); err != nil {
		hangUp(conn)
		return nil, err
	}
	l.conn, l.held = conn, 0
	return conn, nil
}

func (l *jobLocks) release(conn *pgx.Conn, key int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != conn {
		return // lost, and the lock with it
	}
	l.held--
	err := within(context.Background(), func(ctx context.Context) error {
		_, err := conn.Exec(ctx, "select pg_advisory_unlock($1)", key)
		return err
	})
	if err != nil {
		l.drop(conn)
	}
}

// drop closes a connection that has failed; its locks are gone with it.
func (l *jobLocks) drop(conn *pgx.Conn) {
	hangUp(conn)
	if l.conn == conn {
		l.conn, l.held = nil, 0
	}
}

func (l *jobLocks) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		l.drop(l.conn)
	}
}
