package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/sql"
)

func newLimitList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List every limit that is set",
		Args:  cobra.NoArgs,
	}
	file := configFlag(cmd)
	asJSON := cmd.Flags().Bool("json", false, "print a JSON list")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return withStore(cmd, *file, func(ctx context.Context, c *fileConfig, store *sql.Store, _ *slog.Logger) error {
			rules, err := newLimits(store).List(ctx)
			if err != nil {
				return err
			}
			if !*asJSON {
				return printRules(cmd.OutOrStdout(), rules, c.zone())
			}
			lines := []ruleJSON{}
			for _, r := range rules {
				lines = append(lines, ruleLine(r))
			}
			return printJSON(cmd.OutOrStdout(), lines)
		})
	}
	return cmd
}

func printRules(out io.Writer, rules []limit.Rule, zone *time.Location) error {
	if len(rules) == 0 {
		_, err := fmt.Fprintln(out, "no limits are set")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(w, "ID\tWHERE\tFOR\tFIELD\tGPU TYPE\tVALUE\tSET BY\tSET AT\tNOTE"); err != nil {
		return err
	}
	for _, r := range rules {
		who := r.Who.String()
		if r.Together {
			who += " together"
		}
		_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.Scope, who, r.Field, orDash(r.GPUType),
			orDash(r.Text()), r.SetBy, moment(r.SetAt, zone), orDash(r.Note))
		if err != nil {
			return err
		}
	}
	return w.Flush()
}
