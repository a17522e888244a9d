package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/sample"
)

// newSampleApp is an app for sessions on machines without Jupyter. A site can put
// it into its catalogue too.
func newSampleApp() *cobra.Command {
	c := sample.Config{Getenv: os.Getenv}
	cmd := &cobra.Command{
		Use:    "sample-app",
		Short:  "Be a small app that shows that everything on the way to it works",
		Hidden: true,
		Long: "Be a small app that shows that everything on the way to it works: WebSocket, uploads,\n" +
			"downloads, GPUs. In a catalogue its command is\n" +
			"[berth, sample-app, \"--socket=${SOCKET}\", \"--base-path=${BASE_PATH}\"].",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return sample.Run(cmd.Context(), c) },
	}
	cmd.Flags().StringVar(&c.Socket, "socket", "", "the Unix socket to listen on")
	cmd.Flags().StringVar(&c.BasePath, "base-path", "/", "where the app is served")
	_ = cmd.MarkFlagRequired("socket")
	return cmd
}
