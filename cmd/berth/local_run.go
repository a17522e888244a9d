package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/batch/local/supervisor"
)

// newLocalRun is what the gateway runs as the owner of a job on a machine
// without a scheduler. People have no use for it.
func newLocalRun() *cobra.Command {
	return &cobra.Command{
		Use:    "local-run check|start|status|cancel|forget",
		Short:  "Run a session's job on this machine as its owner",
		Hidden: true,
		Long: "Run a session's job on this machine as its owner. The gateway calls it, through sudo,\n" +
			"for clusters of type local; what to do is read as JSON from standard input, and\n" +
			"how the job is comes out as JSON. Start leaves a supervisor behind.",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			self, err := os.Executable()
			if err != nil {
				return err
			}
			return supervisor.Tool{
				Self: []string{self, "local-run"}, In: cmd.InOrStdin(), Out: cmd.OutOrStdout(),
			}.Run(args)
		},
	}
}
