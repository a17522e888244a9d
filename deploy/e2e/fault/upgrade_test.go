package fault

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/await"
	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

const newerVersion = "v99.9.9-newer"

// buildNewer builds the gateway under another version's name, as the Makefile
// builds it, so that most of it is in the cache.
func buildNewer(t *testing.T) string {
	t.Helper()
	path := filepath.Join(site.Need(t).Folder(t), "berth")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-C", "../../..", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -X main.version="+newerVersion, "-o", path, "./cmd/berth")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	return path
}

// TestANewerGateway replaces a gateway by a newer one while a notebook runs. The
// agent of the older version comes to the newer gateway, and the kernel is the
// same.
func TestANewerGateway(t *testing.T) {
	t.Parallel()
	newer := buildNewer(t)
	l := startLink(t, "replaced", nil)
	notebook := l.token.Ready(t, client.Small("upgraded"))
	k := startKernel(t, l.token, notebook)
	k.expect(t, l.token, "x = 6; print(x)", "6")
	talk := startChatOf(t, l.token, notebook, k)

	began := time.Now()
	l.Terminate(t)
	if err := l.Wait(t, drainMost); err != nil {
		t.Errorf("the older gateway ended with %v", err)
	}
	ended := time.Since(began)
	if err := talk(); !politely(err) {
		t.Errorf("the kernel's WebSocket ended with %v", err)
	}
	l.Binary = newer
	if out, code := l.Berth(t, "", "migrate"); code != 0 {
		t.Fatalf("berth migrate: exit status %d: %s", code, out)
	}
	l.Run(t)
	l.AwaitAlive(t)
	up := time.Since(began)
	if a := l.alice.Get(t, notebook.At("api/status")); a.Status != http.StatusOK {
		t.Errorf("the first request to the newer gateway: %s", a)
	}
	t.Logf("the older gateway ended after %s, the newer one was up after %s, the notebook answered after %s",
		ended.Round(time.Millisecond), up.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
	k.expect(t, l.token, "print(x * 7)", "42")
	if now := l.alice.Show(t, notebook); now.State != "Ready" || now.Attempt != 1 || now.JobID != notebook.JobID {
		t.Errorf("the session is %+v", now)
	}
	var document struct{ Info struct{ Version string } }
	l.alice.Get(t, "/api/v1/openapi.json").Must(t, http.StatusOK, &document)
	if document.Info.Version != newerVersion {
		t.Errorf("the newer gateway calls itself %q", document.Info.Version)
	}
	await.That(t, 10*time.Second, "the older agent in the newer gateway's log", func() error {
		lines := linesOf(l.Log(t), `msg="agent connected"`, notebook.ID)
		if len(lines) < 2 || strings.Contains(lines[len(lines)-1], newerVersion) {
			return fmt.Errorf("%v", lines)
		}
		return nil
	})
	l.alice.Stop(t, notebook)
}
