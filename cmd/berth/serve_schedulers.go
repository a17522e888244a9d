package main

import (
	"context"
	"fmt"
	"log/slog"

	"golang.org/x/sync/errgroup"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/command"
	"github.com/berth-hpc/berth/batch/pbs"
	"github.com/berth-hpc/berth/batch/slurm"
)

// clusterTypes are the kinds of batch systems there are.
var clusterTypes = []string{"slurm", "pbs", "local"}

// newScheduler makes the adapter of one cluster.
func newScheduler(c *fileConfig, cl clusterConfig, log *slog.Logger) (batch.Scheduler, error) {
	switch cl.Type {
	case "slurm":
		return slurm.New(slurm.Config{
			BinDir: cl.BinDir, SlurmConf: cl.SlurmConf, SubmitAs: command.As(cl.SubmitAs),
			Timeout: cl.CommandTimeout, ExtraSubmitArgs: cl.SubmitArgs, Log: log, Watch: cl.watch,
		})
	case "pbs":
		return pbs.New(cl.pbs(log))
	case "local":
		return newLocal(c, cl, log)
	}
	return nil, fmt.Errorf("there is no type %q", cl.Type)
}

// run keeps those schedulers going that live in this process.
func (c clusters) run(ctx context.Context, group *errgroup.Group) {
	for _, cluster := range c.byName {
		if s, ok := cluster.Scheduler.(interface{ Run(ctx context.Context) }); ok {
			group.Go(func() error { s.Run(ctx); return nil })
		}
	}
}
