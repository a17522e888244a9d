package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/admin"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/sql"
)

func newSessions() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "session",
		Short: "List and stop sessions of everybody",
		Long: "List and stop sessions of everybody. It works on the database that the config\n" +
			"names: whoever may read the config's secrets is an admin. What is stopped is in\n" +
			"the audit log.",
	}
	cmd.AddCommand(newSessionList(), newSessionStop())
	return cmd
}

// sessionChoice are the flags that choose sessions.
type sessionChoice struct{ state, owner, cluster, queue, node, text string }

func (f *sessionChoice) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&f.owner, "user", "u", "", "only this person's")
	flags.StringVar(&f.cluster, "cluster", "", "only of this cluster")
	flags.StringVarP(&f.queue, "queue", "q", "", "only of this partition or queue")
	flags.StringVar(&f.node, "node", "", "only on this node")
	flags.StringVar(&f.text, "text", "", "only with these beginnings of words in name, user, job, node or account")
}

func (f sessionChoice) filter() (admin.SessionFilter, error) {
	filter := admin.SessionFilter{State: f.state, Owner: f.owner, Cluster: f.cluster, Queue: f.queue, Node: f.node, Text: f.text}
	switch filter.State {
	case "all":
		filter.State = admin.AnyState
		return filter, nil
	case admin.Live, admin.Waiting, admin.Failed:
		return filter, nil
	}
	for _, s := range session.States() {
		if string(s) == filter.State {
			return filter, nil
		}
	}
	return filter, fmt.Errorf("there is no state %q; there is: live, waiting, failed, all, Requested, Queued, Starting, Ready, Stopping, Ended", f.state)
}

func newSessionList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List sessions, the newest first", Args: cobra.NoArgs}
	file := configFlag(cmd)
	var choice sessionChoice
	choice.flags(cmd)
	cmd.Flags().StringVar(&choice.state, "state", admin.Live, "live, waiting, failed, all, or a state like Ready")
	most := cmd.Flags().Int("limit", 100, "how many at most")
	asJSON := cmd.Flags().Bool("json", false, "print JSON")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		filter, err := choice.filter()
		if err != nil {
			return err
		}
		filter.Limit = max(*most, 1)
		return withStore(cmd, *file, func(ctx context.Context, _ *fileConfig, store *sql.Store, _ *slog.Logger) error {
			found, err := store.FindSessions(ctx, filter)
			if err != nil {
				return err
			}
			if *asJSON {
				return printJSON(cmd.OutOrStdout(), sessionLines(found))
			}
			return printSessions(cmd.OutOrStdout(), found)
		})
	}
	return cmd
}

// sessionJSON is a session as the command prints it.
type sessionJSON struct {
	ID        session.ID        `json:"id"`
	Owner     string            `json:"owner"`
	Name      string            `json:"name"`
	App       string            `json:"app"`
	State     session.State     `json:"state"`
	Reason    session.EndReason `json:"reason,omitempty"`
	Cluster   string            `json:"cluster"`
	Queue     string            `json:"queue"`
	JobID     string            `json:"job_id,omitempty"`
	Node      string            `json:"node,omitempty"`
	GPUs      int               `json:"gpus"`
	GPUType   string            `json:"gpu_type,omitempty"`
	CPUs      int               `json:"cpus"`
	CreatedAt time.Time         `json:"created_at"`
	StartedAt *time.Time        `json:"started_at,omitempty"`
	EndedAt   *time.Time        `json:"ended_at,omitempty"`
}

func sessionLines(found []session.Session) []sessionJSON {
	lines := make([]sessionJSON, len(found))
	for i, s := range found {
		lines[i] = sessionJSON{
			ID: s.ID, Owner: s.Owner, Name: s.Name, App: s.App, State: s.State, Reason: s.Reason, Cluster: s.Cluster, Queue: s.Queue,
			JobID: string(s.JobID), Node: s.Node, GPUs: s.Resources.GPUs, GPUType: s.Resources.GPUType, CPUs: s.Resources.CPUs,
			CreatedAt: s.CreatedAt, StartedAt: orNull(s.StartedAt), EndedAt: orNull(s.EndedAt),
		}
	}
	return lines
}

func printSessions(out io.Writer, found []session.Session) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tOWNER\tNAME\tSTATE\tCLUSTER\tQUEUE\tJOB\tNODE\tGPUS\tCPUS\tASKED FOR")
	for _, s := range found {
		state := string(s.State)
		if s.Reason != "" {
			state += " (" + string(s.Reason) + ")"
		}
		fmt.Fprintf(w, "%s\t%q\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\n", s.ID, s.Owner, s.Name, state, s.Cluster, s.Queue, s.JobID, s.Node,
			s.Resources.GPUs, s.Resources.CPUs, dateOr(s.CreatedAt))
	}
	return w.Flush()
}

func newSessionStop() *cobra.Command {
	cmd := &cobra.Command{
		Use: "stop [ID...]", Short: "Stop sessions by their ids, or by --user, --queue, --node and so on",
		Long: "Stop sessions: those whose ids are given, or all live ones that the flags choose.\n" +
			"The gateways do it: they tell the agents, and cancel jobs that do not end. Sessions\n" +
			"chosen by flags are listed first, and --yes is needed.",
	}
	file := configFlag(cmd)
	choice := sessionChoice{state: admin.Live}
	choice.flags(cmd)
	reason := cmd.Flags().String("reason", "", "why; the owners can read it (needed)")
	yes := cmd.Flags().Bool("yes", false, "stop what the flags choose without a further question")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		filter, err := choice.filter()
		if err != nil {
			return err
		}
		byFlags := filter != (admin.SessionFilter{State: admin.Live})
		if byFlags == (len(args) > 0) {
			return fmt.Errorf("name sessions by their ids, or choose them by flags")
		}
		if *reason == "" {
			return fmt.Errorf("--reason is needed: it is written down, and the owners can read it")
		}
		return withLifecycle(cmd, *file, func(ctx context.Context, store *sql.Store, life *session.Lifecycle) error {
			office := &admin.Sessions{Store: store, Grants: store, Lifecycle: life, Now: time.Now}
			ids := make([]session.ID, 0, len(args))
			for _, id := range args {
				ids = append(ids, session.ID(id))
			}
			if byFlags {
				filter.Limit = 1000
				found, err := store.FindSessions(ctx, filter)
				if err != nil {
					return err
				}
				if err := printSessions(cmd.OutOrStdout(), found); err != nil {
					return err
				}
				if !*yes {
					return fmt.Errorf("nothing was stopped; say --yes to stop these %d", len(found))
				}
				for _, s := range found {
					ids = append(ids, s.ID)
				}
			}
			n, err := office.StopMany(ctx, cliActor(), ids, *reason)
			fmt.Fprintf(cmd.OutOrStdout(), "%d told to end\n", n)
			return err
		})
	}
	return cmd
}

// gateways tell agents: this process has none. They hear of the change from the
// database, and the one that leads cancels the job if its agent does not end it.
type gateways struct{}

func (gateways) Stop(session.ID, string) bool { return true }

// withLifecycle runs something on sessions of the config's database.
func withLifecycle(cmd *cobra.Command, file string, do func(context.Context, *sql.Store, *session.Lifecycle) error) error {
	return withStore(cmd, file, func(ctx context.Context, c *fileConfig, store *sql.Store, log *slog.Logger) error {
		noGateway := func() (urls, fingerprints []string) { return nil, nil } // no job is submitted here
		all, err := newClusters(c, noGateway, log)
		if err != nil {
			return err
		}
		return do(ctx, store, session.New(session.Options{
			Store: store, Logs: store, Limits: store, Board: all.board, Clusters: all.byName, Apps: apps(c), Agents: gateways{},
			Installation: c.Installation, Now: time.Now, Log: log,
		}))
	})
}
