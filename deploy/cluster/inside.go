package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

const stopTerm = syscall.SIGTERM

// insideCommand mounts, starts all services, runs what the plan says and ends
// the services again. It is the child of the namespace's first process.
func insideCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "inside PLAN",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if os.Getppid() != 1 {
				return errors.New("inside runs only in a cluster")
			}
			p, err := loadPlan(args[0])
			if err != nil {
				return err
			}
			code, err := runInside(p)
			if err != nil {
				return err
			}
			return exitCode(code)
		},
	}
}

// interrupted says which signal asked for the end.
type interrupted struct{ signal os.Signal }

func (i interrupted) Error() string { return "ended by signal: " + i.signal.String() }

func runInside(p plan) (code int, err error) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	signals := notifySignals()
	defer signal.Stop(signals)
	go func() { cancel(interrupted{<-signals}) }()

	show := progress{out: os.Stderr, began: time.Now()}
	if p.Quiet {
		show.out = io.Discard
	}
	if err := settle(p); err != nil {
		return 0, err
	}
	show.step("private files in "+p.Dir, show.began)
	daemons, err := startServices(ctx, p, show)
	defer finishAll(daemons)
	if err != nil {
		var stop interrupted
		if errors.As(context.Cause(ctx), &stop) {
			return signalExit(stop.signal), nil
		}
		return 0, err
	}
	env := environment(p)
	if err := saveEnvironment(env); err != nil {
		return 0, err
	}
	show.step("cluster ready", show.began)
	watching, unwatch := context.WithCancel(ctx)
	defer unwatch() // before the daemons are asked to end
	watch(watching, daemons)
	if p.demo() {
		return 0, serveDemo(ctx, p, show)
	}
	return runIn(ctx, p.Command, env)
}

// settle makes the directory appear at its place and the users exist.
func settle(p plan) error {
	if err := mountDir(p.Dir); err != nil {
		return err
	}
	if err := mountMemoryGroup(p); err != nil {
		return err
	}
	if err := makeFolders(plainFolders); err != nil {
		return err
	}
	if err := mountIdentity(p); err != nil {
		return err
	}
	if err := makeFolders(ownedFolders(p.Keep)); err != nil {
		return err
	}
	if err := offerTerminal(); err != nil {
		return err
	}
	return offerBerth(p.Berth)
}

// startServices starts what does not need each other at once. What it has
// started it returns with the error too.
func startServices(ctx context.Context, p plan, show progress) ([]*daemon, error) {
	var mu sync.Mutex
	var daemons []*daemon
	group, ctx := errgroup.WithContext(ctx)
	start := func(name string, f func() ([]*daemon, error)) {
		group.Go(func() error {
			began := time.Now()
			started, err := f()
			mu.Lock()
			defer mu.Unlock()
			daemons = append(daemons, started...)
			if err == nil {
				show.step(name, began)
			}
			return err
		})
	}
	start("Postgres", func() ([]*daemon, error) { return one(startPostgres(ctx, p)) })
	start("LDAP directory", func() ([]*daemon, error) { return one(startSlapd(ctx, p)) })
	name := "Slurm with " + strconv.Itoa(len(nodes)) + " nodes"
	if p.Accounting == accountingOn {
		name += " and accounting"
	}
	start(name, func() ([]*daemon, error) {
		slurm := stack{plan: p}
		err := slurm.start(ctx)
		return slurm.daemons, err
	})
	err := group.Wait()
	return daemons, err
}

func one(d *daemon, err error) ([]*daemon, error) {
	if d == nil {
		return nil, err
	}
	return []*daemon{d}, err
}

// watch says so when a service ends before the cluster does. Tests may want
// that, so nothing more is done about it.
func watch(ctx context.Context, daemons []*daemon) {
	for _, d := range daemons {
		go func() {
			select {
			case <-ctx.Done():
			case <-d.ended:
				if ctx.Err() == nil {
					fmt.Fprintf(os.Stderr, "cluster: %s ended (%s)%s\n", d.name, reason(d.err), d.tail())
				}
			}
		}()
	}
}

func finishAll(daemons []*daemon) {
	var all sync.WaitGroup
	for _, d := range daemons {
		all.Go(d.finish)
	}
	all.Wait()
}

// reachable asks whether something listens on a port.
func reachable(port int) func(context.Context) error {
	return dials("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
}

// listening asks whether something listens on a Unix socket.
func listening(socket string) func(context.Context) error { return dials("unix", socket) }

func dials(network, address string) func(context.Context) error {
	return func(ctx context.Context) error {
		var dial net.Dialer
		conn, err := dial.DialContext(ctx, network, address)
		if err != nil {
			return err
		}
		return conn.Close()
	}
}
