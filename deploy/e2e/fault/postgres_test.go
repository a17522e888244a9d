package fault

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// postgres is a database server of the test's own, so that it can be ended. It
// is reached through a relay, so that it can be silent too.
type postgres struct {
	dir    string
	way    *site.Relay
	cmd    *exec.Cmd
	ended  chan struct{}
	direct string // folder of its socket
	URL    string // through the relay
}

func newPostgres(t *testing.T) *postgres {
	t.Helper()
	dir := site.Need(t).Folder(t)
	p := &postgres{dir: dir, direct: filepath.Join(dir, "direct")}
	relayed := filepath.Join(dir, "relayed")
	uid, gid := idOf(t, "postgres")
	for _, folder := range []string{p.direct, relayed, p.data()} {
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(folder, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(p.data(), 0o700); err != nil {
		t.Fatal(err)
	}
	p.tool(t, "initdb", "-D", p.data(), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	t.Cleanup(func() { p.stop(t, syscall.SIGQUIT) })
	p.start(t)
	p.way = site.NewRelay(t, "unix", filepath.Join(relayed, ".s.PGSQL.5432"), "unix", filepath.Join(p.direct, ".s.PGSQL.5432"))
	p.URL = "postgres://berth@/berth?host=" + relayed
	p.run(t, "CREATE ROLE berth LOGIN")
	p.run(t, "CREATE DATABASE berth OWNER berth")
	return p
}

func idOf(t *testing.T, name string) (uid, gid int) {
	t.Helper()
	u, err := user.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	uid, _ = strconv.Atoi(u.Uid)
	gid, _ = strconv.Atoi(u.Gid)
	return uid, gid
}

func (p *postgres) data() string { return filepath.Join(p.dir, "data") }

// binary finds one of the server's commands, which Debian and RHEL keep out of
// PATH.
func binary(name string) string {
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin/", "/usr/pgsql-*/bin/"} {
		if found, _ := filepath.Glob(pattern + name); len(found) > 0 {
			return found[len(found)-1]
		}
	}
	return name
}

// tool runs one of the server's commands as its user.
func (p *postgres) tool(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary(name), args...)
	p.as(t, cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, out)
	}
}

func (p *postgres) as(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	uid, gid := idOf(t, "postgres")
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, Setpgid: true}
}

// run runs a statement as the superuser.
func (p *postgres) run(t *testing.T, statement string) {
	t.Helper()
	p.tool(t, "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", p.direct, "-d", "postgres", "-c", statement)
}

// start starts the server and waits until it takes connections.
func (p *postgres) start(t *testing.T) {
	t.Helper()
	cmd := exec.Command(binary("postgres"), "-D", p.data(), "-k", p.direct, "-c", "listen_addresses=", "-c", "fsync=off")
	p.as(t, cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	p.cmd, p.ended = cmd, ended
	await.That(t, 30*time.Second, "Postgres to answer", func() error {
		select {
		case <-ended:
			return await.Never("it has ended: %s", cmd.ProcessState)
		default:
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if out, err := exec.CommandContext(ctx, binary("pg_isready"), "-h", p.direct, "-U", "postgres").CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	})
}

// stop ends the server: SIGINT closes connections and writes everything down,
// SIGQUIT is a crash, as far as the next start can tell.
func (p *postgres) stop(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Signal(signal)
	select {
	case <-p.ended:
	case <-time.After(20 * time.Second):
		t.Error("Postgres does not end")
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
	p.cmd = nil
}
