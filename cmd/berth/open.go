package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/api/client"
)

func newURL() *cobra.Command {
	cmd := &cobra.Command{Use: "url SESSION", Short: "Print where a session is", Args: cobra.ExactArgs(1), ValidArgsFunction: completeSessions}
	cmd.RunE = remote(func(cmd *cobra.Command, c *client.Client, args []string) error {
		s, err := c.Find(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), s.URL)
		return err
	})
	return cmd
}

func newOpen() *cobra.Command {
	cmd := &cobra.Command{Use: "open SESSION", Short: "Open a session in a browser", Args: cobra.ExactArgs(1), ValidArgsFunction: completeSessions}
	cmd.RunE = remote(func(cmd *cobra.Command, c *client.Client, args []string) error {
		s, err := c.Find(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		if s.EndedAt != nil {
			return ended(s)
		}
		if s, err = untilReady(cmd, c, s); err != nil {
			return err
		}
		if err := openURL(cmd.Context(), s.URL); err != nil {
			_, _ = fmt.Fprintln(cmd.OutOrStdout(), s.URL)
			return err
		}
		return nil
	})
	return cmd
}

// openURL asks the desktop for its browser. The address begins with the
// gateway's own and is never read by a shell.
func openURL(ctx context.Context, address string) error {
	for _, program := range []string{"xdg-open", "open", "wslview"} {
		if path, err := exec.LookPath(program); err == nil {
			return exec.CommandContext(ctx, path, address).Run()
		}
	}
	return errors.New("there is no browser to open it with")
}
