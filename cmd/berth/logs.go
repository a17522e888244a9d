package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/api"
	"github.com/berth-hpc/berth/gateway/api/client"
)

func newLogs() *cobra.Command {
	cmd := &cobra.Command{Use: "logs SESSION", Short: "Print what a session's job printed", Args: cobra.ExactArgs(1)}
	follow := cmd.Flags().BoolP("follow", "f", false, "go on until it has ended")
	tail := cmd.Flags().IntP("tail", "n", 200, "the newest so many lines")
	cmd.ValidArgsFunction = completeSessions
	cmd.RunE = remote(func(cmd *cobra.Command, c *client.Client, args []string) error {
		s, err := c.Find(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		lines, err := c.Log(cmd.Context(), s, *tail)
		if err != nil {
			return err
		}
		watch := client.Watch{Line: func(l api.LogLine) { _, _ = fmt.Fprintln(cmd.OutOrStdout(), printable(l.Text)) }}
		for _, l := range lines {
			watch.Line(l)
			watch.After = l.Seq
		}
		if !*follow {
			return nil
		}
		return c.Follow(cmd.Context(), s, watch)
	})
	return cmd
}

// printable keeps what a job printed from commanding the terminal: colours are
// lost, and so are tricks.
func printable(text string) string {
	out := make([]rune, 0, len(text))
	for _, r := range text {
		if (r < ' ' && r != '\t') || (r >= 0x7f && r < 0xa0) {
			r = '\uFFFD'
		}
		out = append(out, r)
	}
	return string(out)
}
