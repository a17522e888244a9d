package sql

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql/internal/dbsqlc"
)

const (
	// callTimeout is how long a call may take whose context sets no deadline.
	callTimeout = 10 * time.Second
	// statementTimeout is when the server gives up on a statement by itself.
	statementTimeout = 15 * time.Second
	connectTimeout   = 5 * time.Second
	pingTimeout      = 3 * time.Second
	defaultMaxConns  = 10
	defaultIdleCheck = 15 * time.Second
)

// Config says where the database is.
type Config struct {
	URL      string // postgres://..., or libpq's key=value form
	MaxConns int    // in the pool; 0: 10. Listen and RunLeader use one more each.
	Log      *slog.Logger
}

// Store is everything that berth keeps. It is safe for concurrent use.
type Store struct {
	pool  *pgxpool.Pool
	lists dbsqlc.DBTX // the pool, for lists; see fresh
	log   *slog.Logger
	logs  *announcer
	jobs  jobLocks
	// idleCheck is how long a quiet connection of Listen or RunLeader is trusted
	// before it is asked whether it still lives.
	idleCheck time.Duration
}

var (
	_ session.Store      = (*Store)(nil)
	_ session.Logs       = (*Store)(nil)
	_ login.Store        = (*Store)(nil)
	_ login.TokenStore   = (*Store)(nil)
	_ login.FailureStore = (*Store)(nil)

	_ admin.AuditReader       = (*Store)(nil)
	_ admin.SessionStore      = (*Store)(nil)
	_ admin.GrantStore        = (*Store)(nil)
	_ admin.UserStore         = (*Store)(nil)
	_ admin.AnnouncementStore = (*Store)(nil)
)

// New makes a Store. It does not wait for the database, which need not be up
// yet; Ping says whether it is. The context's values are used, not its end.
func New(ctx context.Context, c Config) (*Store, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.MaxConns < 0 || c.MaxConns > 10_000 {
		return nil, fmt.Errorf("sql: %d connections", c.MaxConns)
	}
	config, err := parse(c.URL)
	if err != nil {
		return nil, err
	}
	config.MaxConns = defaultMaxConns
	if c.MaxConns > 0 {
		config.MaxConns = int32(c.MaxConns)
	}
	config.MaxConnIdleTime = 5 * time.Minute
	config.MaxConnLifetimeJitter = 5 * time.Minute
	config.PingTimeout = pingTimeout // a connection that was idle for a second is tried first
	pool, err := pgxpool.NewWithConfig(context.WithoutCancel(ctx), config)
	if err != nil {
		return nil, fmt.Errorf("sql: %w", err)
	}
	s := &Store{pool: pool, lists: fresh{pool}, log: c.Log, idleCheck: defaultIdleCheck}
	s.logs = newAnnouncer(s.notify)
	return s, nil
}

// Ping asks the database for an answer.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	return fault(ctx, "ping the database", s.pool.Ping(ctx))
}

// Close ends the pool. It waits for calls that are under way.
func (s *Store) Close() {
	s.logs.close()
	s.jobs.close()
	s.pool.Close()
}

// parse reads a connection string and adds what every connection of ours has.
// Its errors do not repeat the string, which may carry a password.
func parse(url string) (*pgxpool.Config, error) {
	if url == "" {
		return nil, errors.New("sql: there is no database URL")
	}
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("sql: the database URL cannot be read; it looks like postgres://user@host:5432/berth")
	}
	cc := config.ConnConfig
	if cc.ConnectTimeout == 0 {
		cc.ConnectTimeout = connectTimeout
	}
	set(cc, "application_name", "berth")
	set(cc, "timezone", "UTC")
	set(cc, "statement_timeout", fmt.Sprint(statementTimeout.Milliseconds()))
	set(cc, "idle_in_transaction_session_timeout", fmt.Sprint((2 * statementTimeout).Milliseconds()))
	return config, nil
}

// set gives a run-time parameter that the URL leaves open.
func set(c *pgx.ConnConfig, key, value string) {
	if _, ok := c.RuntimeParams[key]; !ok {
		c.RuntimeParams[key] = value
	}
}

// dial opens a connection that is not the pool's.
func (s *Store) dial(ctx context.Context, name string) (*pgx.Conn, error) {
	config := s.pool.Config().ConnConfig
	config.RuntimeParams["application_name"] = name
	return pgx.ConnectConfig(ctx, config)
}

// hangUp closes such a connection, without waiting long for a server that may
// be gone.
func hangUp(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx) // the socket is closed in any case
}
