package e2e

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// TestBackup loses everything that a gateway keeps and restores it, as
// operations.md says, while a session runs.
func TestBackup(t *testing.T) {
	t.Parallel()
	g := site.Start(t, "backup", func(c *site.Config) { c.Apps = mirrorApp })
	alice := client.SignIn(t, g.URL, "alice")
	request := client.Small("kept")
	request["app"] = "mirror"
	s := alice.Ready(t, request)
	port := besideAt.FindString(string(alice.Get(t, s.At("")).Body)) // the app's own, by which it is known

	dir := t.TempDir()
	dump, state := filepath.Join(dir, "berth.dump"), filepath.Join(dir, "state.tar.gz")
	shell(t, "pg_dump", "-Fc", "-f", dump, g.DatabaseURL)
	shell(t, "tar", "-czf", state, "-C", filepath.Dir(g.StateDir), filepath.Base(g.StateDir))
	g.Terminate(t)
	if err := g.Wait(t, 30*time.Second); err != nil {
		t.Fatal(err)
	}
	shell(t, "psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", g.DatabaseURL, "-c", "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
	shell(t, "rm", "-r", g.StateDir)

	refuses(t, g, "run berth migrate")
	shell(t, "rm", "-rf", g.StateDir)
	shell(t, "tar", "-xzf", state, "-C", filepath.Dir(g.StateDir))
	shell(t, "pg_restore", "--no-owner", "--exit-on-error", "-d", g.DatabaseURL, dump)
	g.Run(t)
	g.AwaitReady(t)
	if a := alice.Get(t, s.At("")); a.Status != http.StatusOK || port == "" || !a.Says(port) {
		t.Errorf("it was %q; %s", port, a)
	}
	if now := alice.Show(t, s); now.State != "Ready" || now.JobID != s.JobID || now.Attempt != s.Attempt {
		t.Errorf("the session was %+v and is %+v", s, now)
	}
	alice.Stop(t, s)
}

// TestNewerSchema starts a gateway on the schema of a later release.
func TestNewerSchema(t *testing.T) {
	t.Parallel()
	g := site.Prepare(t, "newer", nil)
	shell(t, "psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", g.DatabaseURL, "-c", "UPDATE schema_version SET version = version + 1")
	refuses(t, g, "newer than this program")
	if out, code := g.Berth(t, "", "migrate"); code == 0 || !strings.Contains(out, "newer than this program") {
		t.Errorf("berth migrate: exit status %d: %s", code, out)
	}
}

// refuses checks that the gateway does not start, and says why.
func refuses(t *testing.T, g *site.Gateway, why string) {
	t.Helper()
	if out, code := g.Berth(t, "", "serve"); code != 1 || !strings.Contains(out, why) {
		t.Errorf("berth serve: exit status %d, and not %q: %s", code, why, out)
	}
}

func shell(t *testing.T, argv ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), argv[0], argv[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", argv, err, out)
	}
}
