package main

import (
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/tunnel"
)

// clusters are the configured batch systems, ready to use.
type clusters struct {
	byName map[string]session.Cluster
	board  *session.Board
}

// gatewayList says where jobs find a gateway: agent listeners' URLs, and the
// fingerprints of their certificates.
type gatewayList func() (urls, fingerprints []string)

// newClusters makes the adapters.
func newClusters(c *fileConfig, gateways gatewayList, log *slog.Logger) (clusters, error) {
	all := clusters{byName: map[string]session.Cluster{}}
	sources := map[string]session.QueueSource{}
	var names []string
	for _, cl := range c.Clusters {
		scheduler, err := newScheduler(c, cl, log)
		if err != nil {
			return all, fmt.Errorf("cluster %s: %w", cl.Name, err)
		}
		reader, err := newJobLogReader(cl, log)
		if err != nil {
			return all, fmt.Errorf("cluster %s: %w", cl.Name, err)
		}
		all.byName[cl.Name] = session.Cluster{
			Name: cl.Name, Scheduler: scheduler, JobLog: reader.read,
			Script: func(s session.Session, app session.App, secret string) ([]byte, error) {
				return jobScript(c, cl, s, app, secret, gateways)
			},
		}
		sources[cl.Name] = scheduler
		names = append(names, cl.Name)
	}
	all.board = session.NewBoard(names, sources, time.Now)
	return all, nil
}

// jobScript is the script of one session's job.
func jobScript(c *fileConfig, cl clusterConfig, s session.Session, app session.App, secret string, gateways gatewayList) ([]byte, error) {
	urls, fingerprints := gateways()
	hello, err := tunnel.Hello{
		Gateways: urls, Fingerprints: fingerprints, Session: string(s.ID),
		Attempt: 1, Secret: tunnel.Secret(secret), ClaimTimeout: c.Agent.ClaimTimeout.Std(),
	}.Line()
	if err != nil {
		return nil, err
	}
	return batch.RenderAgentScript(batch.AgentScript{
		Session: string(s.ID), Attempt: 1, Command: cl.AgentCommand,
		Setup: slices.Concat(cl.Setup, app.Software.Setup(), app.Setup),
		Hello: hello[:len(hello)-1], LogDir: cl.JobLogDir,
	})
}
