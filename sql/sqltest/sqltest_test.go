package sqltest_test

import (
	"bufio"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql/sqltest"
)

func TestEveryTestHasItsOwnDatabase(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, db := range []string{sqltest.URL(t), sqltest.URL(t), sqltest.Empty(t)} {
		if seen[db] {
			t.Fatalf("%s twice", db)
		}
		seen[db] = true
	}
	if live, err := sqltest.New(t).List(t.Context(), session.Filter{}); len(live) != 0 || err != nil {
		t.Errorf("a new database has %d sessions, %v", len(live), err)
	}
}

func TestADatabaseEndsWithItsTest(t *testing.T) {
	t.Parallel()
	var mine string
	t.Run("inner", func(t *testing.T) {
		mine = sqltest.URL(t)
		if err := sqltest.New(t).Ping(t.Context()); err != nil {
			t.Error(err)
		}
	})
	if _, err := pgx.Connect(t.Context(), mine); err == nil || !strings.Contains(err.Error(), "3D000") {
		t.Errorf("afterwards: %v", err)
	}
}

func TestAServerKeepsItsRowsThroughAStop(t *testing.T) {
	t.Parallel()
	pg := sqltest.Server(t)
	s := pg.Store()
	if err := s.Audit(t.Context(), admin.Entry{By: "root", Action: "look"}); err != nil {
		t.Fatal(err)
	}
	pg.Stop()
	if err := s.Ping(t.Context()); err == nil {
		t.Error("a stopped server answers")
	}
	pg.Start()
	if entries, err := s.AuditLog(t.Context(), admin.AuditFilter{}); len(entries) != 1 || err != nil {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}

// TestHelperProcess is not a test: it is what the next one kills.
func TestHelperProcess(t *testing.T) {
	if os.Getenv("SQLTEST_HELPER") == "" {
		t.Skip("only for TestAServerEndsWithAKilledProcess")
	}
	fmt.Println("url " + sqltest.URL(t))
	<-t.Context().Done()
}

func TestAServerEndsWithAKilledProcess(t *testing.T) {
	t.Parallel()
	if os.Getenv("BERTH_TEST_DATABASE_URL") != "" {
		t.Skip("there is no private server")
	}
	sqltest.Empty(t) // skips without Postgres
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHelperProcess$", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), "SQLTEST_HELPER=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var socket string
	for scan := bufio.NewScanner(out); socket == "" && scan.Scan(); {
		if text, ok := strings.CutPrefix(scan.Text(), "url "); ok {
			u, err := url.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			socket = u.Query().Get("host")
		}
	}
	text, err := os.ReadFile(filepath.Join(socket, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil || syscall.Kill(pid, 0) != nil {
		t.Fatalf("the server %q does not run, %v", first, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed, as it says
	deadline := time.After(time.Minute)
	for {
		_, err := os.Stat(socket)
		if os.IsNotExist(err) && syscall.Kill(pid, 0) == syscall.ESRCH {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("still there: %s, %v", socket, err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
