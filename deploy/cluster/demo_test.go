package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func executable(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDemo(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	dir := filepath.Join(t.TempDir(), "demo")
	arguments := []string{"demo", "--dir", dir, "--berth", executable(t), "--addr", addr}

	r, line := launch(t, dir, arguments...)
	if want := "berth is ready at http://" + addr + "  (alice/alice, bob/bob, carol/carol is admin)"; line != want {
		t.Errorf("got  %q\nwant %q", line, want)
	}
	runner := body(t, "http://"+addr+"/readyz")
	if uid := r.mustSh("id -u berth"); runner != uid {
		t.Errorf("berth runs as %q, not %q", runner, uid)
	}
	config := read(filepath.Join(dir, "berth.yaml"))
	if !strings.Contains(config, "listen: "+addr) || strings.Contains(config, servicePassword) {
		t.Errorf("berth.yaml:\n%s", config)
	}
	r.mustSh(`psql "$BERTH_TEST_DATABASE_BERTH" -c 'create table kept (n int)'`)

	if response, err := http.Post("http://"+addr+"/crash", "", nil); err == nil {
		_ = response.Body.Close()
		t.Error("the stand-in did not end")
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		response, err := http.Get("http://" + addr + "/readyz")
		if err == nil {
			_ = response.Body.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("berth was not started again: %v\n%s", err, r.said)
		}
	}
	if code := r.end(syscall.SIGINT); code != 0 {
		t.Errorf("exit code %d\n%s", code, r.said)
	}
	if !strings.Contains(r.said.String(), "starting it again") {
		t.Errorf("no word of the restart:\n%s", r.said)
	}
	r.gone()

	r, _ = launch(t, dir, arguments...)
	r.mustSh(`psql "$BERTH_TEST_DATABASE_BERTH" -c 'select * from kept'`)
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if r.lines.Scan() {
		t.Errorf("more than one line on standard output: %q", r.lines.Text())
	}
}

func body(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
