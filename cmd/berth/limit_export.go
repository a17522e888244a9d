package main

import (
	"context"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/sql"
)

func newLimitExport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print every limit as a file that apply reads",
		Args:  cobra.NoArgs,
	}
	file := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return withStore(cmd, *file, func(ctx context.Context, _ *fileConfig, store *sql.Store, _ *slog.Logger) error {
			rules, err := newLimits(store).List(ctx)
			if err != nil {
				return err
			}
			text, err := formatLimits(rules)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		})
	}
	return cmd
}
