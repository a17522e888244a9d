package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/cron"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
)

func newCron() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cron",
		Short: "List the recurring jobs and their runs, and run one",
		Long: "The gateway that leads runs the recurring jobs by itself, by the schedules in the\n" +
			"config (cron). A site that prefers its own crontab sets a job to off there, and\n" +
			"runs it with \"berth cron run\".",
	}
	cmd.AddCommand(newCronList(), newCronHistory(), newCronRun())
	return cmd
}

func newCronList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List the jobs: schedule, latest run, next run", Args: cobra.NoArgs,
		Long: "List the jobs with schedule, latest run and next run. Of jobs that every gateway\n" +
			"runs for itself only the schedule is known here.",
	}
	file := configFlag(cmd)
	asJSON := cmd.Flags().Bool("json", false, "print JSON")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return withJobs(cmd.Context(), *file, func(ctx context.Context, j *jobs, r *cron.Runner) error {
			list, err := r.List(ctx)
			if err != nil {
				return err
			}
			if *asJSON {
				return printJSON(cmd.OutOrStdout(), cronListed(list))
			}
			return printCronList(cmd.OutOrStdout(), list, j.config.zone())
		})
	}
	return cmd
}

func newCronHistory() *cobra.Command {
	cmd := &cobra.Command{
		Use: "history [JOB]", Short: "List runs, the newest first", Args: cobra.MaximumNArgs(1),
		Long: "List runs of a job, or of all, the newest first. Of a job that runs every few\n" +
			"seconds only those are kept that went wrong or that somebody asked for.",
	}
	file := configFlag(cmd)
	most := cmd.Flags().Int("limit", 20, "how many")
	asJSON := cmd.Flags().Bool("json", false, "print JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return withJobs(cmd.Context(), *file, func(ctx context.Context, j *jobs, r *cron.Runner) error {
			filter := sql.CronFilter{Limit: *most}
			if len(args) > 0 {
				filter.Job = args[0]
				if !r.Has(filter.Job) {
					return fmt.Errorf("%w: %q", cron.ErrNoJob, filter.Job)
				}
			}
			runs, err := j.store.CronRuns(ctx, filter)
			if err != nil {
				return err
			}
			if *asJSON {
				return printJSON(cmd.OutOrStdout(), cronRuns(runs))
			}
			return printCronRuns(cmd.OutOrStdout(), runs, j.config.zone())
		})
	}
	return cmd
}

func newCronRun() *cobra.Command {
	cmd := &cobra.Command{
		Use: "run JOB", Short: "Run a job here and now", Args: cobra.ExactArgs(1),
		Long: "Run a job in this process, under the lock that keeps it from overlapping with a\n" +
			"gateway's run of the same job, which is waited for. The run is kept and audited\n" +
			"like a gateway's. The exit status is 0 if it ended well, else 1.",
	}
	file := configFlag(cmd)
	wait := cmd.Flags().Duration("wait", time.Minute, "how long to wait while it runs elsewhere")
	asJSON := cmd.Flags().Bool("json", false, "print the run as JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return withJobs(cmd.Context(), *file, func(ctx context.Context, j *jobs, r *cron.Runner) error {
			if !r.Has(args[0]) {
				return fmt.Errorf("%w: %q", cron.ErrNoJob, args[0])
			}
			by := cliActor()
			if err := j.store.Audit(ctx, by.Did("cron.run", args[0], "")); err != nil {
				return err
			}
			run, err := r.RunNow(ctx, args[0], by.Name, *wait)
			if err != nil {
				return err
			}
			if *asJSON {
				err = printJSON(cmd.OutOrStdout(), cronRun(run))
			} else {
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s in %s: %s\n", run.Job, run.Outcome, brief(run.Took()), run.Detail)
			}
			if err == nil && run.Outcome != cron.OK {
				err = fmt.Errorf("job %s: %s", run.Job, run.Outcome)
			}
			return err
		})
	}
	return cmd
}

// withJobs does something with an installation's jobs from a command line.
func withJobs(ctx context.Context, file string, do func(context.Context, *jobs, *cron.Runner) error) error {
	c, err := loadConfig(file)
	if err != nil {
		return err
	}
	log := newLogger(c.Log)
	store, err := sql.New(ctx, sql.Config{URL: c.Database.URL, MaxConns: 4, Log: log})
	if err != nil {
		return err
	}
	defer store.Close()
	noGateway := func() (urls, fingerprints []string) { return nil, nil } // no job is submitted here
	all, err := newClusters(c, noGateway, log)
	if err != nil {
		return err
	}
	j := &jobs{config: c, store: store, clusters: all, log: log}
	j.lifecycle = session.New(session.Options{
		Store: store, Logs: store, Limits: store, Board: all.board, Clusters: all.byName, Apps: apps(c), Agents: nobody{},
		Installation: c.Installation, Now: time.Now, Log: log, Zone: c.zone(),
	})
	j.reconciler.Store(newReconciler(c, store, j.lifecycle, all, log))
	host, err := os.Hostname()
	if err != nil {
		host = "?"
	}
	r, err := newJobRunner(j, "command line on "+host, nil)
	if err != nil {
		return err
	}
	return do(ctx, j, r)
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func printCronList(w io.Writer, list []cron.Listed, zone *time.Location) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "JOB\tSCHEDULE\tLATEST RUN\tTOOK\tOUTCOME\tNEXT RUN\tDETAIL")
	for _, l := range list {
		next := moment(l.Next, zone)
		switch {
		case l.Everywhere:
			next = "in every gateway"
		case l.Now.Job != "":
			next = "running since " + moment(l.Now.Started, zone)
		}
		outcome := string(l.Last.Outcome)
		if l.Failures > 1 {
			outcome = fmt.Sprintf("%s (%d times)", outcome, l.Failures)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.Name, l.Spec, moment(l.Last.Started, zone), brief(l.Last.Took()),
			orDash(outcome), next, l.Last.Detail)
	}
	return t.Flush()
}

func printCronRuns(w io.Writer, runs []cron.Run, zone *time.Location) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "JOB\tDUE\tBEGAN\tTOOK\tOUTCOME\tWHERE\tASKED BY\tDETAIL")
	for _, r := range runs {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Job, moment(r.Due, zone), moment(r.Started, zone), brief(r.Took()),
			r.Outcome, orDash(r.Replica), orDash(r.AskedBy), r.Detail)
	}
	return t.Flush()
}

func moment(at time.Time, zone *time.Location) string {
	if at.IsZero() {
		return "-"
	}
	return at.In(zone).Format(time.DateTime)
}

func brief(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return d.Round(time.Millisecond).String()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
