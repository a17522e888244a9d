package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/sql"
)

func newTokenRevoke() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "revoke ID...",
		Short: "End tokens; the ids are those of `berth token list`",
		Long: "End tokens, whosever they are. Every gateway refuses them within seconds. Tokens that\n" +
			"are not there are named, and the exit status is 1; the others are revoked all the same.",
		Args: cobra.MinimumNArgs(1),
	}
	file := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, ids []string) error {
		return withStore(cmd, *file, func(ctx context.Context, _ *fileConfig, store *sql.Store, _ *slog.Logger) error {
			var faults []error
			for _, id := range ids {
				t, err := store.RevokeToken(ctx, id, cliActor())
				if errors.Is(err, login.ErrNotFound) {
					err = fmt.Errorf("there is no token %q", id)
				}
				if err != nil {
					faults = append(faults, err)
					continue
				}
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "revoked %s of %s: %s\n", t.ID, t.Owner, t.Name); err != nil {
					return err
				}
			}
			return errors.Join(faults...)
		})
	}
	return cmd
}
