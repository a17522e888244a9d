package postgres_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/berth-hpc/berth/sql/postgres"
)

// plain makes the test run as somebody whom PostgreSQL serves. As root, the test
// is run again as nobody, and false is returned.
func plain(t *testing.T) bool {
	t.Helper()
	if _, err := postgres.Installed(t.Context()); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	if os.Getuid() != 0 {
		return true
	}
	if _, err := postgres.Start(t.Context(), postgres.Config{Dir: "/tmp"}); !errors.Is(err, postgres.ErrRoot) {
		t.Errorf("as root: %v", err)
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Skip(err)
	}
	uid, _ := strconv.ParseUint(nobody.Uid, 10, 32)
	gid, _ := strconv.ParseUint(nobody.Gid, 10, 32)
	dir, err := os.MkdirTemp("/tmp", "pg-") //nolint:usetesting // others must be able to enter it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	binary := filepath.Join(dir, "test")
	cmd := exec.CommandContext(t.Context(), binary, "-test.run=^"+t.Name()+"$", "-test.v=true")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "TMPDIR="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	if err := errors.Join(copyTest(binary), os.Chown(dir, int(uid), int(gid))); err != nil {
		t.Fatal(err)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
	return false
}

// copyTest has another program copy this one: a file that this one has open for
// writing cannot be run for as long as some child of a parallel test has inherited
// it.
func copyTest(target string) error {
	return exec.Command("cp", fmt.Sprintf("/proc/%d/exe", os.Getpid()), target).Run()
}

// short is a directory whose path leaves room for a socket's.
func short(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pg-") //nolint:usetesting // a test's own directory has too long a name
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "postgres")
}

func query(t *testing.T, dir, statement string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), postgres.URL(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	var out string
	if err := conn.QueryRow(t.Context(), statement).Scan(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestKept: what was written is there at the next start, of which each has the
// server to itself.
func TestKept(t *testing.T) {
	t.Parallel()
	if !plain(t) {
		return
	}
	dir := short(t)
	for i, statement := range []string{"create table t as select 'kept' as x", ""} {
		s, err := postgres.Start(t.Context(), postgres.Config{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if statement != "" {
			conn, err := pgx.Connect(t.Context(), postgres.URL(dir))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Exec(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
			_ = conn.Close(t.Context())
		}
		if got := query(t, dir, "select x from t"); got != "kept" {
			t.Errorf("start %d: %q", i, got)
		}
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}
}

// TestOtherVersion: data of another major version are left alone.
func TestOtherVersion(t *testing.T) {
	t.Parallel()
	if !plain(t) {
		return
	}
	dir := short(t)
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "data", "PG_VERSION"), []byte("9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := postgres.Start(t.Context(), postgres.Config{Dir: dir}); err == nil || !strings.Contains(err.Error(), "PostgreSQL 9's") {
		t.Errorf("%v", err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for dir, good := range map[string]bool{"/var/lib/berth/postgres": true, "state": false, "/" + strings.Repeat("x", 100): false} {
		if err := postgres.Check(dir); (err == nil) != good {
			t.Errorf("%.30s: %v", dir, err)
		}
	}
}

// TestGuest: while one has the server, others use it and do not end it.
func TestGuest(t *testing.T) {
	t.Parallel()
	if !plain(t) {
		return
	}
	dir := short(t)
	cfg := postgres.Config{Dir: dir, Volatile: true}
	first, err := postgres.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	guest, err := postgres.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := guest.Stop(); err != nil || guest.Done() != nil {
		t.Errorf("the guest: %v", err)
	}
	if got := query(t, dir, "select current_user::text"); got != "berth" {
		t.Error(got)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory: %v, %v", info, err)
	}
	if err := first.Stop(); err != nil {
		t.Error(err)
	}
	<-first.Done()
	if _, err := pgx.Connect(t.Context(), postgres.URL(dir)); err == nil {
		t.Error("it still answers")
	}
}
