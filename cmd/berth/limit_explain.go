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

	"github.com/berth-hpc/berth/gateway/api"
	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
)

func newLimitExplain() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain -u USER",
		Short: "Say what somebody would be allowed now, and by which limits",
		Long: "Say what somebody would be allowed now: every limit that holds for the person, with\n" +
			"what is held, what is left, where it comes from, and what the scheduler itself\n" +
			"enforces. Groups are those of the person's last sign-in, or the directory's.",
		Args: cobra.NoArgs,
	}
	file := configFlag(cmd)
	user := cmd.Flags().StringP("user", "u", "", "the person")
	cluster := cmd.Flags().String("cluster", "", "only on this cluster")
	queue := cmd.Flags().StringP("queue", "q", "", "only in this partition")
	asJSON := cmd.Flags().Bool("json", false, "print JSON")
	_ = cmd.MarkFlagRequired("user")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return withStore(cmd, *file, func(ctx context.Context, c *fileConfig, store *sql.Store, log *slog.Logger) error {
			if err := checkClusters(c, limit.Scope{Cluster: *cluster}); err != nil {
				return err
			}
			u, err := person(ctx, c, store, *user)
			if err != nil {
				return err
			}
			who := limit.Subject{User: u.Name, Groups: u.Groups, Admin: u.Admin}
			noGateway := func() (urls, fingerprints []string) { return nil, nil } // no job is submitted here
			all, err := newClusters(c, noGateway, log)
			if err != nil {
				return err
			}
			for name := range all.byName {
				if err := all.board.Refresh(ctx, name); err != nil {
					if _, err := fmt.Fprintf(cmd.ErrOrStderr(), "%s does not answer: its partitions are missing (%v)\n", name, err); err != nil {
						return err
					}
				}
			}
			lifecycle := session.New(session.Options{
				Store: store, Logs: store, Limits: store, Board: all.board, Clusters: all.byName, Apps: apps(c), Agents: nobody{},
				Installation: c.Installation, Now: time.Now, Log: log, Zone: c.zone(), Contact: c.Contact,
			})
			places, err := lifecycle.Explain(ctx, who, *cluster, *queue)
			if errors.Is(err, session.ErrNotFound) {
				return fmt.Errorf("no cluster that answers has a partition %q", *queue)
			}
			if err != nil {
				return err
			}
			if *asJSON {
				return printJSON(cmd.OutOrStdout(), api.LimitsOf(who, places))
			}
			return printPlaces(cmd.OutOrStdout(), who, places)
		})
	}
	return cmd
}

func printPlaces(out io.Writer, who limit.Subject, places []limit.Explanation) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, in groups %s\n", who.User, orDash(strings.Join(who.Groups, ", ")))
	for _, x := range places {
		fmt.Fprintf(&b, "\n%s/%s\n", x.Cluster, x.Queue)
		if d := x.Closed(); d != nil {
			fmt.Fprintf(&b, "  closed: %v\n", d)
		}
		for _, w := range x.Maintenance {
			fmt.Fprintf(&b, "  maintenance from %s to %s %s\n", moment(w.From, x.At.Location()), moment(w.Until, x.At.Location()), w.Text)
		}
		if len(x.Limits) == 0 {
			b.WriteString("  no limits\n")
			continue
		}
		t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for _, e := range x.Limits {
			if _, err := fmt.Fprintf(t, "  %s\t%s\t%s\n", fieldWords(e), amount(e), origin(e)); err != nil {
				return err
			}
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func fieldWords(e limit.Effective) string {
	if e.GPUType != "" {
		return e.Field.Words + " (" + e.GPUType + ")"
	}
	return e.Field.Words
}

// amount is what is held, allowed and left.
func amount(e limit.Effective) string {
	if !e.Field.Counted() {
		return orDash(e.Field.Format(e.Max, e.Apps))
	}
	text := fmt.Sprintf("%s of %s, %s left", e.Field.Format(e.Have, nil), e.Field.Format(e.Max, nil), e.Field.Format(e.Left(), nil))
	if !e.Until.IsZero() {
		text += ", until " + e.Until.Format("Mon 2 Jan")
	}
	return text
}

// origin is where the limit comes from.
func origin(e limit.Effective) string {
	if e.Rule == "" {
		return e.Source
	}
	who := e.Who.String()
	if e.Together {
		who += " together"
	}
	text := fmt.Sprintf("limit %s for %s, %s, set by %s", e.Rule, who, e.Scope, e.SetBy)
	if e.Note != "" {
		text += ": " + e.Note
	}
	return text
}
