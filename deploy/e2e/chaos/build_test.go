package chaos

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// binaries are where every user can run them.
type binaries struct {
	dir   string
	berth string // with fail points
	app   string // this test binary
}

// built makes them once.
var built = sync.OnceValues(func() (b binaries, err error) {
	b.dir, err = os.MkdirTemp(filepath.Join(os.Getenv("BERTH_TEST_DIR"), "tmp"), "chaos-")
	if err != nil {
		return b, err
	}
	b.berth, b.app = filepath.Join(b.dir, "berth"), filepath.Join(b.dir, "app")
	// As the Makefile builds it, so that most of it is in the cache.
	cmd := exec.Command("go", "build", "-C", "../../..", "-trimpath", "-ldflags", "-s -w", "-buildvcs=false",
		"-tags", "failpoint", "-o", b.berth, "./cmd/berth")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return b, fmt.Errorf("go build: %w: %s", err, out)
	}
	return b, errors.Join(copyOwn(b.app), os.Chmod(b.berth, 0o755), os.Chmod(b.dir, 0o755))
})

var builtAny sync.Once

// build gives the binaries, or ends the test. Without a cluster it skips it.
func build(t testing.TB) binaries {
	t.Helper()
	site.Need(t)
	b, err := built()
	if err != nil {
		t.Fatal(err)
	}
	builtAny.Do(func() { removeBuilt = func() { _ = os.RemoveAll(b.dir) } })
	return b
}

var removeBuilt = func() {}

func copyOwn(path string) error {
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer self.Close()
	to, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, self)
	return errors.Join(err, to.Close(), os.Chmod(path, 0o755))
}
