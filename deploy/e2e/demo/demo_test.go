package demo

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/client"
)

func sampleSession(name string) map[string]any {
	return map[string]any{"name": name, "app": "sample", "cpus": 1, "memory": "512M", "gpus": 1, "time_limit": "30m"}
}

// TestDemo: from nothing to a page that a session serves, and back to nothing.
func TestDemo(t *testing.T) {
	t.Parallel()
	binary := program(t)
	d := startDemo(t, nil, binary)
	alice := client.SignIn(t, d.base, "alice")
	s := alice.Ready(t, sampleSession("one"))
	page := string(alice.Get(t, s.At("")).Body)
	for _, want := range []string{"It works", "LOCAL_JOB_ID", "/home/alice", "<dd>0</dd>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the app's page has no %q", want)
		}
	}
	other := alice.Ready(t, sampleSession("two"))
	if page := string(alice.Get(t, other.At("")).Body); !strings.Contains(page, "<dd>1</dd>") {
		t.Error("the second session has not got the other GPU")
	}
	echoes(t, alice, s)
	uploads(t, alice, s)
	if a := client.SignIn(t, d.base, "bob").Get(t, s.At("")); a.Status == http.StatusOK {
		t.Error("bob sees alice's session")
	}
	var who struct{ Admin bool }
	client.SignIn(t, d.base, "carol").Get(t, "/api/v1/me").Must(t, http.StatusOK, &who)
	if !who.Admin {
		t.Error("carol is no admin")
	}
	d.interrupt()
	if state := d.cmd.ProcessState; !state.Success() {
		t.Errorf("the demo ended with %s: %s", state, d.out)
	}
	dir := strings.Fields(d.out.String()[strings.Index(d.out.String(), "Files"):])[1]
	dir = strings.TrimSuffix(dir, ",")
	if _, err := os.Stat(dir); err == nil {
		t.Errorf("%s is still there", dir)
	}
	if left := remaining(t, filepath.Dir(binary)); len(left) > 0 {
		t.Errorf("processes are left: %q", left)
	}
	if left := remaining(t, dir); len(left) > 0 {
		t.Errorf("processes are left: %q", left)
	}
}

func echoes(t *testing.T, c *client.Client, s client.Session) {
	t.Helper()
	header := http.Header{"Origin": {c.Base}}
	for _, cookie := range c.Cookies(t) {
		header.Add("Cookie", cookie.String())
	}
	conn, response, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(c.Base, "http")+s.At("echo"), header)
	if err != nil {
		t.Fatalf("websocket: %v (%v)", err, response)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.WriteMessage(websocket.TextMessage, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, message, err := conn.ReadMessage(); err != nil || string(message) != "hello" {
		t.Errorf("echo: %q, %v", message, err)
	}
}

func uploads(t *testing.T, c *client.Client, s client.Session) {
	t.Helper()
	content := bytes.Repeat([]byte("berth "), 1<<20)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "data <1>.bin")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(content)
	_ = form.Close()
	if a := c.Raw(t, http.MethodPost, s.At("upload"), &body, "Content-Type", form.FormDataContentType(), "Origin", c.Base); a.Status != http.StatusSeeOther {
		t.Fatal(a)
	}
	sum := sha256.Sum256(content)
	page := string(c.Get(t, s.At("")).Body)
	if !strings.Contains(page, hex.EncodeToString(sum[:])) || !strings.Contains(page, "data &lt;1&gt;.bin") {
		t.Error("the upload is not on the page")
	}
	if back := c.Get(t, s.At("file/1")); !bytes.Equal(back.Body, content) {
		t.Errorf("the upload came back with %d bytes", len(back.Body))
	}
	if a := c.Get(t, s.At("stream?mib=3")); len(a.Body) != 3<<20 {
		t.Errorf("a stream of 3 MiB has %d bytes", len(a.Body))
	}
}

// TestDemoKilled: a session outlives a gateway that is killed, and the next one
// finds it again.
func TestDemoKilled(t *testing.T) {
	t.Parallel()
	binary := program(t)
	dir := filepath.Join(filepath.Dir(binary), "kept")
	d := startDemo(t, nobody(t), binary, "--dir="+dir)
	alice := client.SignIn(t, d.base, "alice")
	s := alice.Ready(t, sampleSession("survivor"))
	process := pageProcess(t, alice, s)
	_ = syscall.Kill(-d.cmd.Process.Pid, syscall.SIGKILL)
	<-d.done
	if left := remaining(t, "local-run\x00supervise\x00"+dir); len(left) != 1 {
		t.Fatalf("supervisors after the gateway was killed: %q", left)
	}
	d = startDemo(t, nobody(t), binary, "--dir="+dir)
	alice = client.SignIn(t, d.base, "alice")
	now := alice.Await(t, s, time.Minute, "Ready")
	await.That(t, time.Minute, "the agent to be back", func() error {
		if now = alice.Show(t, s); !now.Connected {
			return errors.New(now.Headline)
		}
		return nil
	})
	if now.JobID != s.JobID && s.JobID != "" {
		t.Errorf("another job: %s, was %s", now.JobID, s.JobID)
	}
	if again := pageProcess(t, alice, s); again != process {
		t.Errorf("another process: %s, was %s", again, process)
	}
	d.interrupt()
	if left := remaining(t, dir); len(left) > 0 {
		t.Errorf("processes are left: %q", left)
	}
	if _, err := os.Stat(filepath.Join(dir, "state", "postgres")); err != nil {
		t.Errorf("what was to be kept is gone: %v", err)
	}
}

// pageProcess is the pid that the app's page shows.
func pageProcess(t *testing.T, c *client.Client, s client.Session) string {
	t.Helper()
	page := string(c.Get(t, s.At("")).Body)
	_, rest, ok := strings.Cut(page, "<dt>Process</dt><dd>")
	pid, _, _ := strings.Cut(rest, "<")
	if !ok || pid == "" {
		t.Fatalf("no process on the page: %.300s", page)
	}
	return pid
}
