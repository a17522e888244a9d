package sqltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// patience is how long a server may take to come up or go down.
const patience = time.Minute

// cluster is one private data directory and the server on it.
type cluster struct {
	bin string
	dir string // socket, data and log
	as  *syscall.Credential

	guard *exec.Cmd      // nil: the server does not run
	stdin io.WriteCloser // of the guard
}

// guardScript starts the server and outlives the test process by as long as it
// takes to stop it: its standard input ends when the process does, by whatever
// death. An empty line ends only the server; the directory stays.
const guardScript = `
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c unix_socket_permissions=0700 \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200 \
    -c shared_buffers=16MB -c autovacuum=off </dev/null >>"$2/log" 2>&1 &
pid=$!
trap '' INT TERM HUP
if read -r _; then how=INT keep=yes; else how=QUIT keep=; fi
kill -$how $pid 2>/dev/null
wait $pid
[ -n "$keep" ] || rm -rf "$2"
`

// newCluster makes an empty data directory.
func newCluster(ctx context.Context, bin string) (*cluster, error) {
	dir, err := os.MkdirTemp(shortTemp(), "berth-pg-")
	if err != nil {
		return nil, err
	}
	c := &cluster{bin: bin, dir: dir, as: identity()}
	if c.as != nil {
		if err := os.Chown(dir, int(c.as.Uid), int(c.as.Gid)); err != nil {
			return nil, errors.Join(err, os.RemoveAll(dir))
		}
	}
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "--pgdata="+filepath.Join(dir, "data"),
		"--username=berth", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions")
	c.dress(initdb)
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(out)), os.RemoveAll(dir))
	}
	return c, nil
}

// shortTemp is a directory for a socket, whose path must be short (unix(7)).
func shortTemp() string {
	if dir := os.TempDir(); len(dir) <= 60 {
		return dir
	}
	return "/tmp"
}

// dress makes the command run as somebody whom Postgres accepts, in a process
// group of its own: the guard decides when the server stops, not the terminal.
func (c *cluster) dress(cmd *exec.Cmd) {
	cmd.Dir = c.dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as, Setpgid: true}
}

// start starts the server and waits until it answers.
func (c *cluster) start(ctx context.Context) error {
	//nolint:noctx // the guard must outlive every context
	guard := exec.Command("/bin/sh", "-c", guardScript, "berth-pg-guard", c.bin, c.dir)
	c.dress(guard)
	stdin, err := guard.StdinPipe()
	if err != nil {
		return err
	}
	if err := guard.Start(); err != nil {
		return err
	}
	c.guard, c.stdin = guard, stdin
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, c.url("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		if ctx.Err() != nil {
			return fmt.Errorf("postgres does not come up: %w; its log: %s", err, c.log())
		}
		wait(ctx, 10*time.Millisecond)
	}
}

// stop ends the server and returns when it is gone; the data stay.
func (c *cluster) stop() error {
	if c.guard == nil {
		return nil
	}
	_, err := io.WriteString(c.stdin, "\n")
	err = errors.Join(err, c.guard.Wait())
	c.guard = nil
	return err
}

// remove ends the server, if it runs, and takes the directory away.
func (c *cluster) remove() error {
	err := c.stop()
	return errors.Join(err, os.RemoveAll(c.dir))
}

// url names a database on the server.
func (c *cluster) url(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.User("berth"), Path: "/" + database,
		RawQuery: url.Values{"host": {c.dir}}.Encode(),
	}
	return u.String()
}

func (c *cluster) log() string {
	text, err := os.ReadFile(filepath.Join(c.dir, "log"))
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-2000):])
}

// wait lets so much time pass, or the context end.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
