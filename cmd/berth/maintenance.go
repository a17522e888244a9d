package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
)

func newMaintenance() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "maintenance",
		Short: "Plan maintenance, in which nothing runs",
		Long: "Plan maintenance. Nothing is started that would run into it; people are told how long\n" +
			"a session can be, and until when. Jobs that wait and would run into it are held, and\n" +
			"released afterwards. What runs already is left alone.",
	}
	cmd.AddCommand(newMaintenanceList(), newMaintenanceAdd(), newMaintenanceDelete())
	return cmd
}

func newWindows(store *sql.Store) admin.Maintenance {
	return admin.Maintenance{Store: store, Now: time.Now}
}

func newMaintenanceList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List maintenance that is not over",
		Args:  cobra.NoArgs,
	}
	file := configFlag(cmd)
	past := cmd.Flags().Bool("all", false, "also what is over")
	asJSON := cmd.Flags().Bool("json", false, "print a JSON list")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return withStore(cmd, *file, func(ctx context.Context, c *fileConfig, store *sql.Store, _ *slog.Logger) error {
			windows, err := newWindows(store).List(ctx, *past)
			if err != nil {
				return err
			}
			if *asJSON {
				lines := []windowJSON{}
				for _, w := range windows {
					lines = append(lines, windowJSON{w.ID, w.Scope.Cluster, w.Scope.Queue, w.From, w.Until, w.Text, w.SetBy, w.SetAt})
				}
				return printJSON(cmd.OutOrStdout(), lines)
			}
			return printWindows(cmd.OutOrStdout(), windows, c.zone())
		})
	}
	return cmd
}

type windowJSON struct {
	ID      string    `json:"id"`
	Cluster string    `json:"cluster"` // "": every cluster
	Queue   string    `json:"queue"`   // "": every partition
	From    time.Time `json:"from"`
	Until   time.Time `json:"until"`
	Text    string    `json:"text"`
	SetBy   string    `json:"set_by"`
	SetAt   time.Time `json:"set_at"`
}

func printWindows(out io.Writer, windows []limit.Window, zone *time.Location) error {
	if len(windows) == 0 {
		_, err := fmt.Fprintln(out, "no maintenance is planned")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(w, "ID\tWHERE\tFROM\tUNTIL\tSET BY\tTEXT"); err != nil {
		return err
	}
	for _, m := range windows {
		_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", m.ID, m.Scope, moment(m.From, zone), moment(m.Until, zone), m.SetBy, orDash(m.Text))
		if err != nil {
			return err
		}
	}
	return w.Flush()
}

func newMaintenanceAdd() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "add --from TIME --until TIME [TEXT]",
		Short:   "Plan a maintenance; the text tells people what for",
		Long:    "Plan a maintenance; the text tells people what for. Times are of the site's time zone\n(time_zone in the config), or have one: 2026-12-01T08:00:00+01:00.",
		Example: `  berth maintenance add --from "2026-12-01 08:00" --until "2026-12-01 18:00" -q gpu new drivers`,
		Args:    cobra.ArbitraryArgs,
	}
	file := configFlag(cmd)
	var w limit.Window
	from := cmd.Flags().String("from", "", "when it begins")
	until := cmd.Flags().String("until", "", "when it ends")
	cmd.Flags().StringVar(&w.Scope.Cluster, "cluster", "", "only this cluster")
	cmd.Flags().StringVarP(&w.Scope.Queue, "queue", "q", "", "only this partition")
	_ = cmd.MarkFlagRequired("from")
	_ = cmd.MarkFlagRequired("until")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		w.Text = strings.Join(args, " ")
		return withStore(cmd, *file, func(ctx context.Context, c *fileConfig, store *sql.Store, _ *slog.Logger) error {
			var err error
			if w.From, err = parseMoment("from", *from, c.zone()); err != nil {
				return err
			}
			if w.Until, err = parseMoment("until", *until, c.zone()); err != nil {
				return err
			}
			if err := checkClusters(c, w.Scope); err != nil {
				return err
			}
			added, err := newWindows(store).Add(ctx, cliActor(), w)
			if err != nil {
				return err
			}
			if err := printWindows(cmd.OutOrStdout(), []limit.Window{added}, c.zone()); err != nil {
				return err
			}
			return printCaught(ctx, cmd.OutOrStdout(), store, added)
		})
	}
	return cmd
}

// printCaught says how many sessions run already that may run into it.
func printCaught(ctx context.Context, out io.Writer, store *sql.Store, w limit.Window) error {
	live, err := store.List(ctx, session.Filter{Live: true})
	if err != nil {
		return err
	}
	n := 0
	for _, s := range live {
		if w.Scope.Covers(s.Cluster, s.Queue) && !s.State.Waiting() && s.Deadline().After(w.From) {
			n++
		}
	}
	if n > 0 {
		_, err = fmt.Fprintf(out, "%s of now may still run then: tell the owners, or stop them\n", plural(n, "running session"))
	}
	return err
}

func newMaintenanceDelete() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "delete ID",
		Short: "Cancel a maintenance, or end it now",
		Args:  cobra.ExactArgs(1),
	}
	file := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return withStore(cmd, *file, func(ctx context.Context, c *fileConfig, store *sql.Store, _ *slog.Logger) error {
			w, err := newWindows(store).Delete(ctx, cliActor(), args[0])
			if errors.Is(err, limit.ErrNotFound) {
				return fmt.Errorf("there is no maintenance %q", args[0])
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "deleted: %s, from %s until %s\n", w.Scope, moment(w.From, c.zone()), moment(w.Until, c.zone()))
			return err
		})
	}
	return cmd
}

// parseMoment reads a time as people write it.
func parseMoment(flag, text string, zone *time.Location) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	for _, layout := range []string{time.DateTime, "2006-01-02 15:04", "2006-01-02T15:04"} {
		if at, err := time.ParseInLocation(layout, text, zone); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("--%s %q: write it like \"2026-12-01 08:00\"", flag, text)
}
