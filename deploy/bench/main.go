// Command bench measures what berth costs, beside what it stands in for, in one
// run on one machine, so that only ratios matter:
//
//	bin/cluster run --berth bin/berth -- go run ./deploy/bench all
//
// Its subcommands are
//
//	proxy   small requests, bulk streams and WebSocket echoes through gateway,
//	        tunnel and agent to an app in a real job, beside a plain reverse
//	        proxy of Go's standard library that reaches the same app over TLS
//	launch  from the request for a session until it is Ready, beside a bare
//	        sbatch of the same app until it answers
//	all     both
//
// It prints one table and writes the numbers, each round's too, as JSON. Both
// sides take turns, and medians are compared. It needs the private cluster; the
// load generator is its own, with bounds on counts and time.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() { os.Exit(exit()) }

// exit runs the command and returns its exit status.
func exit() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return 0
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return errors.New("say what to measure: proxy, launch or all")
	}
	switch args[0] {
	case "origin": // what runs in the job; not for people
		return runOrigin(ctx, args[1:])
	case "direct": // the proxy to compare with; not for people
		return runDirect(ctx, args[1:])
	case "proxy", "launch", "all":
		return measure(ctx, args[0], args[1:], out)
	}
	return fmt.Errorf("unknown subcommand %q: proxy, launch or all", args[0])
}

// measure makes what both sides need and runs the asked-for benchmarks.
func measure(ctx context.Context, what string, args []string, out io.Writer) error {
	flags := flag.NewFlagSet(what, flag.ContinueOnError)
	rounds := flags.Int("rounds", 5, "how often each side is measured, at least 5")
	file := flags.String("json", "", "where the numbers go (default bench.json in the cluster's directory)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *rounds < 5 {
		return errors.New("a median needs at least 5 rounds")
	}
	c, err := findCluster()
	if err != nil {
		return err
	}
	if *file == "" {
		*file = filepath.Join(c.dir, "bench.json")
	}
	b, err := prepare(ctx, c)
	if err != nil {
		return err
	}
	defer b.close()
	report := newReport(*rounds)
	if what != "launch" {
		if err := b.proxy(ctx, report, *rounds); err != nil {
			return fmt.Errorf("proxy: %w", err)
		}
	}
	if what != "proxy" {
		if err := b.launch(ctx, report, *rounds); err != nil {
			return fmt.Errorf("launch: %w", err)
		}
	}
	report.print(out)
	return report.save(*file)
}
