package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// TestUnderSupervisor runs the sample for supervisor, but for paths: it starts
// the gateway, starts it again after a crash, and stops it.
func TestUnderSupervisor(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"supervisord", "supervisorctl"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip("no supervisor here: install supervisor")
		}
	}
	g := site.Prepare(t, "supervised", nil)
	control := superviseIt(t, g)
	ready := func(not string) (pid string) {
		await.That(t, time.Minute, "the gateway to run", func() error {
			out := control("status", "berth")
			m := regexp.MustCompile(`RUNNING +pid (\d+)`).FindStringSubmatch(out)
			if m == nil || m[1] == not {
				return fmt.Errorf("supervisor says %s", out)
			}
			pid = m[1]
			return nil
		})
		g.AwaitReady(t)
		return pid
	}
	first := ready("")
	number, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(number, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	ready(first)
	if out := control("stop", "berth"); !strings.Contains(out, "berth: stopped") {
		t.Errorf("stop: %s", out)
	}
	if out := control("status", "berth"); !strings.Contains(out, "STOPPED") {
		t.Errorf("after stop: %s", out)
	}
}

// superviseIt starts a supervisord of the test's own with the sample. The
// function runs supervisorctl.
func superviseIt(t *testing.T, g *site.Gateway) (control func(...string) string) {
	t.Helper()
	sample, err := os.ReadFile("../supervisor/berth.conf")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	text := string(sample)
	for from, to := range map[string]string{
		"/usr/bin/berth serve --config /etc/berth/berth.yaml": g.Binary + " serve --config " + filepath.Join(g.Dir(), "berth.yaml"),
		"/var/log/berth.log": filepath.Join(dir, "berth.log"),
	} {
		if strings.Count(text, from) != 1 {
			t.Fatalf("the sample has %q %d times", from, strings.Count(text, from))
		}
		text = strings.Replace(text, from, to, 1)
	}
	socket := filepath.Join(dir, "control")
	around := fmt.Sprintf("[supervisord]\nnodaemon=true\nuser=root\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=%s/pid\nchildlogdir=%s\n"+
		"[unix_http_server]\nfile=%s\n[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n"+
		"[supervisorctl]\nserverurl=unix://%s\n", dir, dir, socket, socket)
	file := filepath.Join(dir, "supervisord.conf")
	if err := os.WriteFile(file, []byte(around+text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("supervisord", "-c", file)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("supervisord: %v", err)
		}
		if log, err := os.ReadFile(filepath.Join(dir, "berth.log")); err == nil && t.Failed() {
			t.Logf("the gateway's log: %s", log)
		}
	})
	return func(args ...string) string {
		// Its exit status says whether the program runs, which the words do too.
		out, _ := exec.Command("supervisorctl", append([]string{"-c", file}, args...)...).CombinedOutput()
		return string(out)
	}
}
