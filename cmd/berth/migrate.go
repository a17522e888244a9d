package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/sql"
)

func newMigrate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database's schema up to date",
		Long: "Bring the database's schema up to date. Several at once are safe; a schema newer\n" +
			"than this binary is refused. Gateways may run meanwhile.",
		Args: cobra.NoArgs,
	}
	file := configFlag(cmd)
	status := &cobra.Command{Use: "status", Short: "Say which version the schema has", Args: cobra.NoArgs}
	statusFile := configFlag(status)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := loadConfig(*file)
		if err != nil {
			return err
		}
		log := newLogger(c.Log)
		return withDatabase(cmd.Context(), c, log, func(ctx context.Context) error {
			return sql.Migrate(ctx, c.Database.URL, log)
		})
	}
	status.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := loadConfig(*statusFile)
		if err != nil {
			return err
		}
		current, target, err := sql.MigrationStatus(cmd.Context(), c.Database.URL)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "schema %d, this berth needs %d\n", current, target)
		return err
	}
	cmd.AddCommand(status)
	return cmd
}
