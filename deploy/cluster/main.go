package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/spf13/cobra"
)

// exitCode is an error that only sets the exit code: what there was to say has
// been said.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// The kernel ends the inner process when the thread that started it ends
// (Pdeathsig), and namespaces are entered by thread. The main thread lives as
// long as the process does, so everything of that kind happens there.
func init() { runtime.LockOSThread() }

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	root := &cobra.Command{
		Use:           "cluster",
		Short:         "A private one-machine cluster for demo and tests",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(
		runCommand(), demoCommand(), execCommand(),
		checkCommand(), packagesCommand(),
		pid1Command(), insideCommand(),
	)
	root.SetArgs(args)
	err := root.ExecuteContext(context.Background())
	var code exitCode
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	default:
		fmt.Fprintln(os.Stderr, "cluster:", err)
		return 1
	}
}
