package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/sql"
)

func newAnnounce() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "announce [TEXT]",
		Short: "Tell everybody something, or those who use one partition",
		Long: "Publish an announcement: everybody reads it above each page, or on the form and\n" +
			"on session pages if it is about one cluster or partition. Times are written\n" +
			"2026-12-24T18:00 (in the site's time zone) or as a span from now, 2h.",
		Args: cobra.ArbitraryArgs,
	}
	file := configFlag(cmd)
	flags := cmd.Flags()
	severity := flags.String("severity", string(admin.Info), "info, warning or danger")
	cluster := flags.String("cluster", "", "only for this cluster")
	queue := flags.StringP("queue", "q", "", "only for this partition or queue")
	from := flags.String("from", "", "when it begins to be shown; default now")
	until := flags.String("until", "", "when it ends; default when it is withdrawn")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return withStore(cmd, *file, func(ctx context.Context, c *fileConfig, store *sql.Store, _ *slog.Logger) error {
			n := admin.Announcement{Text: strings.Join(args, " "), Severity: admin.Severity(*severity), Cluster: *cluster, Queue: *queue}
			var err error
			if n.From, err = pointInTime(*from, c.zone()); err != nil {
				return fmt.Errorf("--from: %w", err)
			}
			if n.Until, err = pointInTime(*until, c.zone()); err != nil {
				return fmt.Errorf("--until: %w", err)
			}
			made, err := (&admin.Announcements{Store: store, Now: time.Now}).Add(ctx, cliActor(), n)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), made.ID)
			return err
		})
	}
	cmd.AddCommand(newAnnounceList(), newAnnounceWithdraw())
	return cmd
}

// pointInTime reads a time or a span from now; "" is the zero time.
func pointInTime(text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if span, err := time.ParseDuration(text); err == nil {
		return time.Now().Add(span), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is neither a time like 2026-12-24T18:00 nor a span like 2h", text)
}

func newAnnounceList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List announcements: shown, to come, and lately over", Args: cobra.NoArgs}
	file := configFlag(cmd)
	asJSON := cmd.Flags().Bool("json", false, "print JSON")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return withStore(cmd, *file, func(ctx context.Context, _ *fileConfig, store *sql.Store, _ *slog.Logger) error {
			now := time.Now()
			all, err := store.Announcements(ctx, now)
			if err != nil {
				return err
			}
			if *asJSON {
				return printJSON(cmd.OutOrStdout(), announcementLines(all))
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "ID\tSHOWN\tSEVERITY\tCLUSTER\tQUEUE\tFROM\tUNTIL\tBY\tTEXT")
			for _, a := range all {
				fmt.Fprintf(w, "%s\t%t\t%s\t%s\t%s\t%s\t%s\t%s\t%q\n", a.ID, a.Active(now), a.Severity, a.Cluster, a.Queue, dateOr(a.From), dateOr(a.Until), a.SetBy, a.Text)
			}
			return w.Flush()
		})
	}
	return cmd
}

// announcementJSON is an announcement as the command prints it.
type announcementJSON struct {
	ID       string         `json:"id"`
	Severity admin.Severity `json:"severity"`
	Text     string         `json:"text"`
	Cluster  string         `json:"cluster,omitempty"`
	Queue    string         `json:"queue,omitempty"`
	From     time.Time      `json:"from"`
	Until    *time.Time     `json:"until"`
	SetBy    string         `json:"set_by"`
	SetAt    time.Time      `json:"set_at"`
}

func announcementLines(all []admin.Announcement) []announcementJSON {
	lines := make([]announcementJSON, len(all))
	for i, a := range all {
		lines[i] = announcementJSON{a.ID, a.Severity, a.Text, a.Cluster, a.Queue, a.From, orNull(a.Until), a.SetBy, a.SetAt}
	}
	return lines
}

func newAnnounceWithdraw() *cobra.Command {
	cmd := &cobra.Command{Use: "withdraw ID", Short: "Take an announcement back", Args: cobra.ExactArgs(1)}
	file := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return withStore(cmd, *file, func(ctx context.Context, _ *fileConfig, store *sql.Store, _ *slog.Logger) error {
			return (&admin.Announcements{Store: store, Now: time.Now}).Withdraw(ctx, cliActor(), args[0])
		})
	}
	return cmd
}
