package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/berth-hpc/berth/gateway"
	"github.com/berth-hpc/berth/gateway/cron"
	"github.com/berth-hpc/berth/gateway/hint"
	"github.com/berth-hpc/berth/gateway/login"
	"github.com/berth-hpc/berth/gateway/session"
	"github.com/berth-hpc/berth/gateway/tunnel"
	"github.com/berth-hpc/berth/gateway/usage"
	"github.com/berth-hpc/berth/ldapauth"
	"github.com/berth-hpc/berth/sql"
)

func newServe() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the gateway",
		Long: "Run the gateway: pages and API for browsers, the listener that jobs call back to,\n" +
			"and the work that keeps sessions in line with the scheduler. Ends politely on\n" +
			"SIGINT and SIGTERM; notebooks live on and come back to the next gateway.",
		Args: cobra.NoArgs,
	}
	file := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		// Before anything is started that could inherit it.
		parent, err := fromSystemd()
		if err != nil {
			return err
		}
		c, err := loadConfig(*file)
		if err != nil {
			return err
		}
		return withDatabase(cmd.Context(), c, newLogger(c.Log), func(ctx context.Context) error { return serve(ctx, c, parent) })
	}
	return cmd
}

// serve wires everything and runs until ctx ends.
func serve(ctx context.Context, c *fileConfig, parent systemd) error {
	log := newLogger(c.Log)
	if err := os.MkdirAll(c.StateDir, 0o700); err != nil {
		return fmt.Errorf("state_dir: %w", err)
	}
	certificate, fingerprint, err := tunnel.LoadOrCreateCertificate(
		filepath.Join(c.StateDir, "agent.crt"), filepath.Join(c.StateDir, "agent.key"))
	if err != nil {
		return fmt.Errorf("the agent listener's certificate: %w", err)
	}
	key, err := loadKey(c.KeyFile)
	if err != nil {
		return err
	}
	if err := checkSchema(ctx, c.Database.URL, log); err != nil {
		return err
	}
	store, err := sql.New(ctx, sql.Config{URL: c.Database.URL, MaxConns: c.Database.MaxConns, Log: log})
	if err != nil {
		return err
	}
	defer store.Close()
	metrics := newMetrics(c)
	logins, err := newLogins(c, store, metrics.SignIn, log)
	if err != nil {
		return err
	}
	peers := &replicas{
		store: store, changed: make(chan struct{}, 1), now: time.Now, log: log,
		self: sql.Replica{Name: c.Replica, URL: c.Agent.URL, Fingerprint: fingerprint, StartedAt: time.Now()},
	}
	clusters, err := newClusters(c, peers.forJobs, log)
	if err != nil {
		return err
	}
	pokes := make(chan struct{}, 1)
	agents := gateway.NewAgents(key, func() { poke(pokes) }, log)
	lifecycle := session.New(session.Options{
		Store: metrics.Sessions(store), Logs: store, Limits: store, Board: clusters.board, Clusters: clusters.byName, Apps: apps(c),
		Defaults: c.Defaults, Agents: agents, Installation: c.Installation, Now: time.Now, Log: log,
		Zone: c.zone(), Contact: c.Contact,
	})
	settings, err := edge(c)
	if err != nil {
		return err
	}
	site, err := siteCertificate(c, log)
	if err != nil {
		return err
	}
	if site != nil {
		settings.Certificate = site.Get
	}
	settings.PublicListener, settings.AgentListener = parent.listener("browsers"), parent.listener("agents")
	settings.Listening = func() { parent.say(ctx, "READY=1", log) }
	settings.Sessions, settings.Board, settings.Hub, settings.Logins = lifecycle, clusters.board, session.NewHub(), logins
	todo := &jobs{config: c, store: store, lifecycle: lifecycle, clusters: clusters, log: log, forget: logins.Forget}
	runner, err := newJobRunner(todo, c.Replica, metrics.Ran)
	if err != nil {
		return err
	}
	compare := newReconciler(c, store, lifecycle, clusters, log)
	settings.Drift = driftSource(compare, store)
	settings.Use, settings.UseSource, settings.Reports = usage.NewRecorder(store, time.Now, log), store, usageReporter(store, key)
	if settings.Hints, err = hint.Compile(c.Hints); err != nil {
		return err
	}
	settings.Presets = newPresets(c, store)
	if c.Notify.Mail.Server != "" {
		settings.Mail = store
	}
	settings.Ping, settings.People, settings.Seen = store.Ping, store, metrics.Request
	settings.Admin = newAdmin(store, lifecycle, logins, runner, vitals{
		config: c, store: store, board: clusters.board, runner: runner,
		certs: map[string]func() *tls.Certificate{"the site": settings.Certificate, "the agent listener": func() *tls.Certificate { return &certificate }},
	})
	settings.AgentCertificate, settings.Key, settings.Log = certificate, key, log
	g, err := gateway.New(settings, agents)
	if err != nil {
		return err
	}
	compare.Links = g
	peers.announce = g.SetReplicas
	// Work goes on for a moment after ctx ends.
	work, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	group, work := errgroup.WithContext(work)
	group.Go(func() error {
		defer end()
		lastCall(ctx, work, g, peers, c.DrainNotice.Std())
		return nil
	})
	here, gone := context.WithCancel(context.WithoutCancel(ctx))
	group.Go(func() error { defer gone(); return g.Run(work) })
	group.Go(func() error { peers.run(here); return nil })
	group.Go(func() error { parent.watch(ctx, work, g, log); return nil })
	if parent.service {
		group.Go(func() error { reloads(work, site, log); return nil })
	}
	group.Go(func() error { settings.Use.Run(work); return nil })
	schedulers := newStanding(clusters.board, store, pollInterval(c), log)
	group.Go(func() error { store.Listen(work, notices(g, logins, schedulers, runner, peers.changed)); return nil })
	chores{jobs: todo, runner: runner, links: g, standing: schedulers, pokes: pokes, metrics: metrics}.run(work, group)
	serveOps(work, group, c, metrics, opsSource(store, clusters, g, peers, runner), g, log)
	clusters.run(work, group)
	return group.Wait()
}

// lastCall waits until the process is told to end, or its work has ended. Where
// other gateways are, this one then goes on for a while, with /readyz saying that
// requests had better go to them.
func lastCall(told, work context.Context, g *gateway.Gateway, peers *replicas, span time.Duration) {
	select {
	case <-told.Done():
	case <-work.Done():
		return
	}
	g.Drain()
	if peers.alone() {
		return
	}
	timer := time.NewTimer(span)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-work.Done():
	}
}

// poke wakes whoever waits on the channel; a poke while one is pending is one.
func poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// notices passes on what other transactions, here or in another gateway, have
// changed.
func notices(g *gateway.Gateway, logins *login.Service, schedulers standing, runner *cron.Runner, replicas chan<- struct{}) func(sql.Notice) {
	return func(n sql.Notice) {
		switch n.Kind {
		case sql.SessionChanged, sql.LogGrew:
			g.Changed(session.ID(n.ID))
		case sql.LoginChanged:
			logins.Forget(n.ID)
		case sql.ReplicaChanged:
			poke(replicas)
		case sql.ClusterSilent, sql.ClusterAnswers:
			schedulers.heard(n)
		case sql.CronAsked:
			runner.Asked(n.ID)
		case sql.Resync:
			g.Changed("")
			logins.ForgetAll()
			runner.Asked("")
			poke(replicas)
		}
	}
}

func newLogins(c *fileConfig, store *sql.Store, signedIn func(string), log *slog.Logger) (*login.Service, error) {
	directory, err := ldapauth.New(c.LDAP.Config)
	if err != nil {
		return nil, fmt.Errorf("ldap: %w", err)
	}
	return login.New(login.Config{
		Authenticator: directory, Store: store, Tokens: store, Failures: store,
		Idle: c.Login.Idle.Std(), Absolute: c.Login.Absolute.Std(), SignedIn: signedIn, Log: log,
		MaxTokenAge: c.Login.tokenAge(), MaxTokens: c.Login.MaxTokens,
	})
}

func apps(c *fileConfig) []session.App {
	list := make([]session.App, len(c.Apps))
	for i, a := range c.Apps {
		list[i] = a.App
	}
	return list
}

// edge is the gateway's own settings.
func edge(c *fileConfig) (gateway.Config, error) {
	settings := gateway.Config{
		SiteName: c.SiteName, Contact: c.Contact, PublicURL: c.PublicURL, Version: version,
		Listen: c.Listen, AgentListen: c.Agent.Listen, Now: time.Now, ClusterTypes: map[string]string{},
	}
	for _, cl := range c.Clusters {
		settings.ClusterTypes[cl.Name] = cl.Type
	}
	for _, p := range c.TrustedProxies {
		prefix, err := netip.ParsePrefix(p)
		if err != nil {
			return settings, fmt.Errorf("trusted_proxies: %w", err)
		}
		settings.TrustedProxies = append(settings.TrustedProxies, prefix)
	}
	return settings, nil
}
