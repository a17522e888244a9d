package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/agent"
	"github.com/berth-hpc/berth/gateway/tunnel"
)

func newAgent() *cobra.Command {
	return &cobra.Command{
		Use:   "agent",
		Short: "Run a session's app inside its job",
		Long: "Run a session's app inside its job. Job scripts call it; it reads one line of JSON\n" +
			"on standard input, which says where the gateway is and proves the claim, and it\n" +
			"lives as long as the app does. Its exit status is the app's.",
		Args: cobra.NoArgs,
		RunE: func(_ *cobra.Command, _ []string) error {
			hello, err := tunnel.ReadHello(os.Stdin)
			if err != nil {
				return err
			}
			signals := make(chan os.Signal, 4)
			signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
			// The agent deals with the signals itself, so it does not run under
			// the context that main ends on the first of them.
			return agent.Run(context.Background(), agent.Config{
				Hello: hello, Version: version, Getenv: os.Getenv, Environ: os.Environ, Signals: signals,
				Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)), Output: os.Stdout,
			})
		},
	}
}
