package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/api/client"
)

func newStop() *cobra.Command {
	cmd := &cobra.Command{
		Use: "stop SESSION...", Short: "Stop sessions of yours", Args: cobra.MinimumNArgs(1), ValidArgsFunction: completeSessions,
	}
	cmd.RunE = remote(func(cmd *cobra.Command, c *client.Client, args []string) error {
		var errs []error
		for _, name := range args {
			s, err := c.Find(cmd.Context(), name)
			switch {
			case err == nil && s.EndedAt != nil:
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "%s has ended already\n", name)
			case err == nil:
				if err = c.Stop(cmd.Context(), s); err == nil {
					_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "%s is being stopped\n", name)
				}
			}
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	})
	return cmd
}

// completeSessions offers the names of live sessions to the shell.
func completeSessions(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	const none = cobra.ShellCompDirectiveNoFileComp
	a, err := loadAccount()
	if err != nil {
		return nil, none
	}
	c, err := client.New(a.URL, a.Token)
	if err != nil {
		return nil, none
	}
	found, err := c.Sessions(cmd.Context(), false, 100)
	if err != nil {
		return nil, none
	}
	var names []cobra.Completion
	for _, s := range found {
		names = append(names, cobra.CompletionWithDesc(s.Name, string(s.State)))
	}
	return names, none
}
