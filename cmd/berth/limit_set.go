package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/limit"
	"github.com/berth-hpc/berth/sql"
)

func newLimitSet() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set FIELD VALUE",
		Short: "Set one limit, for everyone or for a user or a group",
		Long: "Set one limit, for everyone or for a user or a group; one that is set already is\n" +
			"changed. Fields:\n\n" + fieldTable(),
		Example: "  berth limit set gpus 2\n" +
			"  berth limit set gpus 8 -g ml --note \"project Aurora\"\n" +
			"  berth limit set session.time 8h -q gpu\n" +
			"  berth limit set gpu-hours/month 5000 -g physics --together\n" +
			"  berth limit set use no --gpu-type a100",
		Args: cobra.ExactArgs(2),
	}
	file := configFlag(cmd)
	var r limit.Rule
	var user, group string
	flags := cmd.Flags()
	flags.StringVarP(&user, "user", "u", "", "for this person")
	flags.StringVarP(&group, "group", "g", "", "for each member of this group")
	flags.StringVar(&r.Scope.Cluster, "cluster", "", "only on this cluster")
	flags.StringVarP(&r.Scope.Queue, "queue", "q", "", "only in this partition")
	flags.StringVar(&r.GPUType, "gpu-type", "", "only for GPUs of this type")
	flags.BoolVar(&r.Together, "together", false, "count all whom it applies to as one")
	flags.StringVar(&r.Note, "note", "", "why, for those whom it stops")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var err error
		if r.Who, err = whom(user, group); err != nil {
			return err
		}
		f, ok := limit.FieldOf(args[0])
		if !ok {
			return fmt.Errorf("there is no limit %q%s", args[0], suggest(args[0], limit.FieldNames()))
		}
		r.Field = f.Name
		if r.Value, r.Apps, err = f.Parse(args[1]); err != nil {
			return err
		}
		return withStore(cmd, *file, func(ctx context.Context, c *fileConfig, store *sql.Store, _ *slog.Logger) error {
			if err := checkClusters(c, r.Scope); err != nil {
				return err
			}
			set, err := newLimits(store).Set(ctx, cliActor(), r)
			if err != nil {
				return limitError(err)
			}
			if _, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s (%s)\n", set.Title(), orDash(set.Text()), set.ID); err != nil {
				return err
			}
			return doubt(ctx, cmd.ErrOrStderr(), c, store, []limit.Rule{set})
		})
	}
	return cmd
}

// whom is everyone, a user or a group.
func whom(user, group string) (limit.Who, error) {
	switch {
	case user != "" && group != "":
		return limit.Who{}, errors.New("a limit is for a user or for a group, not for both")
	case user != "":
		return limit.Who{Kind: limit.User, Name: user}, nil
	case group != "":
		return limit.Who{Kind: limit.Group, Name: group}, nil
	}
	return limit.Who{Kind: limit.Everyone}, nil
}
