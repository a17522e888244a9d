package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/sql"
)

func newAudit() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Read the audit log, the newest first",
		Long: "Read what admins did, and what was done on behalf of others. Times are written\n" +
			"2026-12-24T18:00 (in the site's time zone); -24h is a day ago.",
		Args: cobra.NoArgs,
	}
	file := configFlag(cmd)
	flags := cmd.Flags()
	var f admin.AuditFilter
	flags.StringVar(&f.By, "by", "", "only what this admin or job did")
	flags.StringVar(&f.Action, "action", "", "only this action, like session.stop")
	flags.StringVar(&f.Target, "target", "", "only what was done to this session, user or limit")
	flags.IntVar(&f.Limit, "limit", 50, "how many at most")
	since := flags.String("since", "", "only from then on")
	until := flags.String("until", "", "only before then")
	asJSON := flags.Bool("json", false, "print one JSON object a line")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return withStore(cmd, *file, func(ctx context.Context, c *fileConfig, store *sql.Store, _ *slog.Logger) error {
			var err error
			if f.Since, err = pointInTime(*since, c.zone()); err != nil {
				return fmt.Errorf("--since: %w", err)
			}
			if f.Until, err = pointInTime(*until, c.zone()); err != nil {
				return fmt.Errorf("--until: %w", err)
			}
			f.Limit = max(f.Limit, 1)
			entries, err := store.AuditLog(ctx, f)
			if err != nil {
				return err
			}
			if *asJSON {
				enc := json.NewEncoder(cmd.OutOrStdout())
				for _, e := range entries {
					if err := enc.Encode(entryJSON{e.ID, e.At, e.By, e.Action, e.Target, e.Detail, e.Address}); err != nil {
						return err
					}
				}
				return nil
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "WHEN\tWHO\tACTION\tTARGET\tFROM\tDETAIL")
			for _, e := range entries {
				fmt.Fprintf(w, "%s\t%q\t%s\t%s\t%s\t%q\n", dateOr(e.At), e.By, e.Action, e.Target, e.Address, e.Detail)
			}
			return w.Flush()
		})
	}
	return cmd
}

// entryJSON is an entry as the command prints it.
type entryJSON struct {
	ID      int64     `json:"id"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Action  string    `json:"action"`
	Target  string    `json:"target"`
	Detail  string    `json:"detail"`
	Address string    `json:"address"`
}
