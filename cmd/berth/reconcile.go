package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/reconcile"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
)

func newReconcile() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "reconcile",
		Short: "Compare sessions with the scheduler, once",
		Long: "Compare every live session with what the scheduler and accounting say, and search the\n" +
			"queue for jobs that no session knows of. With --dry-run nothing is changed. A running\n" +
			"gateway does the same by itself; this is for a look, and for a site's own crontab.\n" +
			"The exit status is 0, also with findings; 1 if the database does not answer.",
		Args: cobra.NoArgs,
	}
	file := configFlag(cmd)
	dry := cmd.Flags().Bool("dry-run", false, "only say what disagrees and what would be done")
	asJSON := cmd.Flags().Bool("json", false, "print the report as JSON")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := loadConfig(*file)
		if err != nil {
			return err
		}
		report, err := reconcileOnce(cmd.Context(), c, *dry)
		if err != nil {
			return err
		}
		if *asJSON {
			enc := json.NewEncoder(cmd.OutOrStdout())
			enc.SetIndent("", "  ")
			return enc.Encode(report)
		}
		return printReport(cmd.OutOrStdout(), report)
	}
	return cmd
}

// nobody is told anything: this process has no agents.
type nobody struct{}

func (nobody) Stop(session.ID, string) bool { return false }

func reconcileOnce(ctx context.Context, c *fileConfig, dry bool) (reconcile.Report, error) {
	log := newLogger(c.Log)
	store, err := sql.New(ctx, sql.Config{URL: c.Database.URL, MaxConns: 4, Log: log})
	if err != nil {
		return reconcile.Report{}, err
	}
	defer store.Close()
	noGateway := func() (urls, fingerprints []string) { return nil, nil } // no job is submitted here
	all, err := newClusters(c, noGateway, log)
	if err != nil {
		return reconcile.Report{}, err
	}
	lifecycle := session.New(session.Options{
		Store: store, Logs: store, Limits: store, Board: all.board, Clusters: all.byName, Apps: apps(c), Agents: nobody{},
		Installation: c.Installation, Now: time.Now, Log: log,
	})
	r := newReconciler(c, store, lifecycle, all, log)
	if dry {
		return r.Check(ctx)
	}
	return r.RunOnce(ctx)
}

// reconcileName is who the audit log says made a repair.
const reconcileName = "reconcile"

// newReconciler is the reconciler as the config wants it.
func newReconciler(c *fileConfig, store *sql.Store, lifecycle *session.Lifecycle, all clusters, log *slog.Logger) *reconcile.Reconciler {
	patience := reconcile.Patience{
		Submit: c.Reconcile.SubmitAfter.Std(), Orphan: c.Reconcile.OrphanInterval.Std(),
		Unfound: session.Patience{For: c.Reconcile.UnfoundAfter.Std(), Polls: reconcile.DefaultPatience.Unfound.Polls},
		Lost:    reconcile.DefaultPatience.Lost,
		Polite:  polite(c),
	}
	schedulers, lostAfter := map[string]batch.Scheduler{}, map[string]time.Duration{}
	for _, cl := range c.Clusters {
		schedulers[cl.Name] = all.byName[cl.Name].Scheduler
		lostAfter[cl.Name] = cl.LostAfter.Std()
	}
	return reconcile.New(reconcile.Config{
		Store: store, Lifecycle: lifecycle, Schedulers: schedulers, Installation: c.Installation, Patience: patience, LostAfter: lostAfter,
		Orphans: reconcile.Orphans(c.Reconcile.Orphans), Now: time.Now, Log: log,
		Audit: func(ctx context.Context, d reconcile.Drift) {
			err := store.Audit(ctx, admin.Entry{
				By: reconcileName, Action: "reconcile." + string(d.Kind), Target: string(d.Session),
				Detail: strings.TrimSpace(fmt.Sprintf("%s: %s (job %s of %s on %s)", d.Text, d.Repair, d.Job, d.Owner, d.Cluster)),
			})
			if err != nil {
				log.Error("a repair is not in the audit log", "drift", d, "err", err)
			}
		},
	})
}

// polite is how long an agent may take to end its app: as long as the most
// patient app, and a little longer.
func polite(c *fileConfig) time.Duration {
	const margin = 5 * time.Second
	longest := reconcile.DefaultPatience.Polite - margin
	for _, app := range c.Apps {
		longest = max(longest, app.StopGrace.Std())
	}
	return longest + margin
}

func printReport(w io.Writer, r reconcile.Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d live sessions, %d moved, %d not reported by their queue\n", r.Sessions, r.Changed, r.Missing)
	for _, cluster := range r.Down {
		fmt.Fprintf(&b, "%s does not answer: nothing was concluded about its sessions\n", cluster)
	}
	for _, d := range r.Drift {
		repair := d.Repair
		switch {
		case repair == "":
			repair = "left alone"
		case !d.Done:
			repair = "would be: " + repair
		}
		fmt.Fprintf(&b, "%-22s %-16s job %-8s %-10s %s; %s\n", d.Kind, d.Session, d.Job, d.Owner, d.Text, repair)
	}
	if len(r.Drift) == 0 {
		b.WriteString("nothing disagrees\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
