package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

// configFlag adds the flag that every command with a config file has.
func configFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("config", "/etc/berth/berth.yaml", "the config file")
}

func newConfig() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Check the config file"}
	check := &cobra.Command{
		Use:   "check",
		Short: "Check the config file without starting anything",
		Long: "Check the config file without starting anything. Every unknown key and wrong\n" +
			"value is named with file, line and column. The exit status is 0 if the gateway\n" +
			"would start with it, else 1.",
		Args: cobra.NoArgs,
	}
	file := configFlag(check)
	check.RunE = func(cmd *cobra.Command, _ []string) error {
		if _, err := loadConfig(*file); err != nil {
			var faults *configError
			if errors.As(err, &faults) {
				return fmt.Errorf("the config has faults\n%w", err)
			}
			return err
		}
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: ok\n", *file)
		return err
	}
	cmd.AddCommand(check)
	return cmd
}
