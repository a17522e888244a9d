package main

import (
	"fmt"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/api"
	"github.com/berth-hpc/berth/gateway/api/client"
)

func newLs() *cobra.Command {
	cmd := &cobra.Command{Use: "ls", Short: "List your sessions", Args: cobra.NoArgs}
	all := cmd.Flags().BoolP("all", "a", false, "also those that have ended")
	asJSON := cmd.Flags().Bool("json", false, "print them as JSON")
	most := cmd.Flags().IntP("number", "n", 100, "at most so many")
	cmd.RunE = remote(func(cmd *cobra.Command, c *client.Client, _ []string) error {
		found, err := c.Sessions(cmd.Context(), *all, *most)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(cmd.OutOrStdout(), api.SessionList{Sessions: found})
		}
		if len(found) == 0 {
			_, err := fmt.Fprintln(cmd.ErrOrStderr(), "you have no sessions; berth launch starts one")
			return err
		}
		table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "NAME\tAPP\tSTATE\tPARTITION\tGPUS\tNODE\tLEFT\tABOUT")
		for _, s := range found {
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
				s.Name, s.App, s.State, s.Queue, gpus(s.Resources), said(s.Node), left(s, time.Now()), about(s))
		}
		return table.Flush()
	})
	return cmd
}

func gpus(r api.Resources) string {
	switch {
	case r.GPUs == 0:
		return "-"
	case r.GPUType == nil:
		return strconv.Itoa(r.GPUs)
	}
	return *r.GPUType + ":" + strconv.Itoa(r.GPUs)
}

// left is how long a running session has.
func left(s api.Session, now time.Time) string {
	if s.Deadline == nil || s.EndedAt != nil {
		return "-"
	}
	return max(s.Deadline.Sub(now), 0).Truncate(time.Minute).String()
}

// about is what one would ask next.
func about(s api.Session) string {
	switch {
	case s.ReasonText != nil:
		return *s.ReasonText
	case s.ReadyAt != nil:
		return s.URL
	}
	return status(s)
}
