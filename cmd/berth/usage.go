package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/usage"
	"github.com/berth-hpc/berth/sql"
)

func newUsage() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "usage",
		Short: "Say what sessions asked for, held and used",
		Long: "Say what sessions asked for, held and used, in hours of GPUs and CPUs, with how long\n" +
			"launches waited and why some failed. Days are UTC's; without --from and --to it is the\n" +
			"last 30 days. --csv prints the rows alone. It reads the database that the config names.",
		Example: "  berth usage --by user --from 2026-03-01 --to 2026-03-31 --csv >march.csv\n" +
			"  berth usage --by day --group physics --gpu a100",
		Args: cobra.NoArgs,
	}
	file := configFlag(cmd)
	var ask usage.Ask
	var filter usage.Query
	f := cmd.Flags()
	f.StringVar(&ask.By, "by", "user", "what the rows are: user, group, account, cluster, queue, app, gpu or day")
	f.StringVar(&ask.From, "from", "", "first day, like 2026-03-14")
	f.StringVar(&ask.To, "to", "", "last day; default today")
	f.StringVarP(&filter.User, "user", "u", "", "only this person")
	f.StringVar(&filter.Group, "group", "", "only people who were in this group when they launched")
	f.StringVar(&filter.Account, "account", "", "only this account")
	f.StringVar(&filter.Cluster, "cluster", "", "only this cluster")
	f.StringVarP(&filter.Queue, "queue", "q", "", "only this partition or queue")
	f.StringVar(&filter.App, "app", "", "only this app")
	f.StringVar(&filter.GPUType, "gpu", "", "only this type of GPU")
	asJSON := f.Bool("json", false, "print JSON")
	asCSV := f.Bool("csv", false, "print comma-separated values")
	cmd.MarkFlagsMutuallyExclusive("json", "csv")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		q, err := ask.Query(time.Now())
		if err != nil {
			return flagFault(err)
		}
		filter.From, filter.To, filter.By = q.From, q.To, q.By
		report, err := usageReport(cmd.Context(), *file, filter)
		if err != nil {
			return err
		}
		out := cmd.OutOrStdout()
		switch {
		case *asJSON:
			enc := json.NewEncoder(out)
			enc.SetIndent("", "  ")
			return enc.Encode(report)
		case *asCSV:
			return usage.CSV(out, report.By, report.Rows)
		}
		return printUsage(out, report)
	}
	return cmd
}

// flagFault names the option.
func flagFault(err error) error {
	if bad := (*usage.BadQuery)(nil); errors.As(err, &bad) {
		return fmt.Errorf("--%s %s", bad.Field, bad.Reason)
	}
	return err
}

func usageReport(ctx context.Context, file string, q usage.Query) (usage.Report, error) {
	c, err := loadConfig(file)
	if err != nil {
		return usage.Report{}, err
	}
	key, err := usageKey(c)
	if err != nil {
		return usage.Report{}, err
	}
	store, err := sql.New(ctx, sql.Config{URL: c.Database.URL, MaxConns: 2, Log: newLogger(c.Log)})
	if err != nil {
		return usage.Report{}, err
	}
	defer store.Close()
	return usageReporter(store, key).Report(ctx, q)
}

// printUsage writes a table for people.
func printUsage(w io.Writer, r usage.Report) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%s\tstarts\tGPU-h asked\theld\tused\tidle\tnot seen\tCPU-h held\tused\t\n", r.By)
	line := func(row usage.Row) {
		key := row.Key
		if key == "" {
			key = "(none)"
		}
		fmt.Fprintf(t, "%s\t%d\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t\n", key, row.Starts,
			row.GPUAsked, row.GPUHeld, row.GPUUsed, row.GPUIdle, row.GPUUnseen(), row.CPUHeld, row.CPUUsed)
	}
	for _, row := range r.Rows {
		line(row)
	}
	line(r.Total)
	if err := t.Flush(); err != nil {
		return err
	}
	if len(r.Waits) > 0 {
		fmt.Fprintf(t, "\nwaits\tGPU\tlaunches\tmedian\t9 of 10 within\tlongest\t\n")
		for _, v := range r.Waits {
			fmt.Fprintf(t, "%s/%s\t%s\t%d\t%s\t%s\t%s\t\n", v.Cluster, v.Queue, v.GPUType, v.Launches, seconds(v.Median), seconds(v.P90), seconds(float64(v.Longest)))
		}
	}
	if len(r.Failures) > 0 {
		fmt.Fprintf(t, "\nended before the app answered\tlaunches\t\n")
		for _, v := range r.Failures {
			fmt.Fprintf(t, "%s\t%d\t\n", v.Reason, v.Launches)
		}
	}
	return t.Flush()
}

func seconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second)).Round(time.Second)
}
