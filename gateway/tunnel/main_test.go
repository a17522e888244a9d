package tunnel

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

var testDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "berth-tunnel")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	testDir = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}
