package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/berth-hpc/berth/deploy/e2e/client"
	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// fullDir is where the disk is full: a file system of a few pages.
const fullDir = "/run/berth-cluster/tmp/full"

// diskApps are notebooks on a node whose home cannot be written, or whose
// scratch is full.
const diskApps = `  - preset: notebook
    id: homeless
    setup: ["export HOME=/proc"]
  - preset: notebook
    id: crammed
    setup: ["export TMPDIR=` + fullDir + `"]
`

// badDisks shows that the page says what is wrong with the node's disks.
func badDisks(t *testing.T, g *site.Gateway) {
	fill(t)
	bob := client.SignIn(t, g.URL, "bob")
	for app, says := range map[string]string{"homeless": "/proc", "crammed": "no space left on device"} {
		request := client.Small(app)
		request["app"] = app
		s := bob.Launch(t, request)
		ended := bob.Await(t, s, 2*time.Minute, "Ended")
		if ended.Reason != "failed" {
			t.Errorf("%s ends as %+v", app, ended)
		}
		if a := bob.Raw(t, http.MethodGet, s.Page(), nil, "Accept", "text/html"); !a.Says(says) {
			t.Errorf("the page of %s does not say %q; it ended as %+v", app, says, ended)
		}
	}
}

// fill makes fullDir, until the test ends.
func fill(t *testing.T) {
	t.Helper()
	if err := os.MkdirAll(fullDir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", fullDir, "tmpfs", 0, "size=64k,mode=1777"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(fullDir, syscall.MNT_DETACH) })
	f, err := os.Create(filepath.Join(fullDir, "large"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for page := make([]byte, 4096); err == nil; {
		_, err = f.Write(page)
	}
}
