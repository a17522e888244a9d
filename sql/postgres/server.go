package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Config says where the server lives.
type Config struct {
	Dir string // absolute, short enough for a socket's path; made if it is not there
	// Volatile gives safety against a crash of the machine up for speed.
	Volatile bool
	Log      *slog.Logger // nil: nothing is logged
}

// ErrRoot means that this process is root, whom PostgreSQL does not serve.
var ErrRoot = errors.New("PostgreSQL does not run as root: run berth as a user of its own, or name a database in database.url")

// mostSocketPath is the length of a Unix socket's path without its NUL byte
// (sun_path in unix(7)).
const mostSocketPath = 107

const (
	patience   = time.Minute            // for the server to come up
	stopWithin = 30 * time.Second       // for it to end
	pollEvery  = 10 * time.Millisecond  // while it comes up
	pingWithin = 5 * time.Second        // for one connection
	retryEvery = 200 * time.Millisecond // while another server is going down
)

// Server is a PostgreSQL that serves the directory.
type Server struct {
	dir  string
	lock *os.File // nil: another process runs it
	proc *process

	once sync.Once
	err  error
}

// URL is how the server of that directory is reached, whether it runs or not.
func URL(dir string) string { return urlOf(dir, "berth") }

func urlOf(dir, database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.User("berth"), Path: "/" + database, RawQuery: url.Values{"host": {dir}}.Encode(),
	}
	return u.String()
}

// Check says whether a server can live in that directory at all.
func Check(dir string) error {
	if !filepath.IsAbs(dir) {
		return fmt.Errorf("%q is not an absolute path", dir)
	}
	if len(dir)+len("/.s.PGSQL.5432") > mostSocketPath {
		return fmt.Errorf("the path %s is too long for a socket in it", dir)
	}
	return nil
}

// Start starts the server, or finds it running. The first start makes its data,
// with an empty database "berth".
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if err := Check(cfg.Dir); err != nil {
		return nil, err
	}
	if os.Getuid() == 0 {
		return nil, ErrRoot
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	lock, err := os.OpenFile(filepath.Join(cfg.Dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	s := &Server{dir: cfg.Dir, lock: lock}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = lock.Close()
		s.lock = nil
		return s, waitUp(ctx, cfg.Dir, nil) // whoever holds it runs the server
	}
	if err := s.start(ctx, cfg); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, cfg Config) error {
	data := filepath.Join(cfg.Dir, "data")
	bin, err := find(ctx, data)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := initialise(ctx, bin, data); err != nil {
		return err
	}
	for {
		s.proc, err = launch(bin, cfg)
		if err != nil {
			return err
		}
		err = waitUp(ctx, cfg.Dir, s.proc.done)
		if err == nil || !errors.Is(err, errEnded) {
			break
		}
		if !s.proc.inTheWay() || !pause(ctx, retryEvery) {
			return fmt.Errorf("PostgreSQL: %w: %s", err, s.proc.words())
		}
		// The server of a process that was killed is still going down.
	}
	if err == nil {
		err = createDatabase(ctx, cfg.Dir)
	}
	if err == nil {
		cfg.Log.Info("private PostgreSQL", "version", bin.version, "dir", cfg.Dir, "took", time.Since(began).Round(time.Millisecond))
	}
	return err
}

// Done is closed when a server that this process started has ended. It is nil for
// another's.
func (s *Server) Done() <-chan struct{} {
	if s.proc == nil {
		return nil
	}
	return s.proc.done
}

// Stop ends the server, if this process started it, and returns when it is gone.
func (s *Server) Stop() error {
	s.once.Do(func() {
		if s.proc != nil {
			s.err = s.proc.stop()
		}
		if s.lock != nil {
			s.err = errors.Join(s.err, s.lock.Close())
		}
	})
	return s.err
}

var errEnded = errors.New("it ended while it was starting")

// waitUp waits until the server answers.
func waitUp(ctx context.Context, dir string, done <-chan struct{}) error {
	for {
		err := ping(ctx, dir)
		if err == nil {
			return nil
		}
		select {
		case <-done:
			return errEnded
		default:
		}
		if !pause(ctx, pollEvery) {
			return fmt.Errorf("PostgreSQL in %s does not answer: %w", dir, err)
		}
	}
}

func ping(ctx context.Context, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, pingWithin)
	defer cancel()
	conn, err := pgx.Connect(ctx, urlOf(dir, "postgres"))
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// createDatabase makes the database "berth" at the first start.
func createDatabase(ctx context.Context, dir string) error {
	conn, err := pgx.Connect(ctx, urlOf(dir, "postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	var there bool
	err = conn.QueryRow(ctx, "select exists (select from pg_database where datname = 'berth')").Scan(&there)
	if err != nil || there {
		return err
	}
	_, err = conn.Exec(ctx, "create database berth")
	return err
}

// pause lets so much time pass; false if the context ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
