package local_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/berth-hpc/berth/batch/local/supervisor"
)

// The test binary is its own helper.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "local-run" {
		tool := supervisor.Tool{Self: []string{os.Args[0], "local-run"}, In: os.Stdin, Out: os.Stdout}
		if err := tool.Run(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}
