package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/sql"
)

func newLimitDelete() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "delete ID...",
		Short: "Delete limits, by the ids that list shows",
		Args:  cobra.MinimumNArgs(1),
	}
	file := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, ids []string) error {
		return withStore(cmd, *file, func(ctx context.Context, _ *fileConfig, store *sql.Store, _ *slog.Logger) error {
			for _, id := range ids {
				r, err := newLimits(store).Delete(ctx, cliActor(), id)
				if err != nil {
					return fmt.Errorf("%s: %w", id, limitError(err))
				}
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "deleted: %s: %s\n", r.Title(), orDash(r.Text())); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return cmd
}
