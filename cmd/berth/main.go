// Command berth is the whole of berth in one binary: the gateway, the agent
// that runs inside each job, and the tools of an admin. "berth help" lists the
// subcommands; each is in a file of its own name.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/agent"
)

// version is set by the build.
var version = "dev"

func main() { os.Exit(run(os.Args[1:])) }

// run executes one command line and returns the process's exit status.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var exit *agent.Exit
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.Code
	}
	fmt.Fprintln(os.Stderr, "berth:", err)
	return 1
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "berth",
		Short:         "Notebooks on GPU clusters, as batch jobs of their owners",
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(
		newServe(), newAgent(), newJobLog(), newDesktop(),
		newLogin(), newLaunch(), newLs(), newLogs(), newURL(), newOpen(), newStop(),
		newConfig(),
		newMigrate(),
		newLDAP(),
		newReconcile(),
		newLimit(),
		newMaintenance(),
		newCron(),
		newToken(),
		newUsage(),
		newDemo(), newLocalRun(), newSampleApp(), newMan(),
		newSessions(), newUsers(), newAnnounce(), newAudit(),
	)
	return root
}
