package e2e

import (
	"flag"
	"os"
	"testing"

	"github.com/berth-hpc/berth/deploy/e2e/browser"
)

// atOnce is how many scenarios run at a time unless -parallel says otherwise.
// They wait more than they work, and each has one session at most, so that a
// machine of two cores bears a few.
const atOnce = "4"

func TestMain(m *testing.M) {
	flag.Parse()
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "test.parallel" })
	if !chosen {
		_ = flag.Set("test.parallel", atOnce)
	}
	code := m.Run()
	browser.Stop()
	os.Exit(code)
}
