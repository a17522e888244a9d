package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"
)

func demoCommand() *cobra.Command {
	var p plan
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Start a cluster with berth on it, until Ctrl-C",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := addressFree(cmd.Context(), p.Addr); err != nil {
				return err
			}
			code, err := start(p)
			if err != nil {
				return err
			}
			return exitCode(code)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&p.Dir, "dir", ".demo", "directory that everything is written to")
	flags.StringVar(&p.Berth, "berth", "bin/berth", "the berth binary")
	flags.StringVar(&p.Addr, "addr", "127.0.0.1:8080", "where berth listens")
	p.Accounting.flag(cmd)
	flags.BoolVar(&p.Keep, "keep", false, "go on with the jobs and job numbers of the last start")
	flags.BoolVar(&p.Quiet, "quiet", false, "print errors only")
	return cmd
}

func addressFree(ctx context.Context, addr string) error {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s (choose another --addr, or make demo DEMO_ADDR=...): %w", addr, err)
	}
	return l.Close()
}

// serveDemo runs berth until the cluster is to end. Standard output gets one
// line, when berth answers.
func serveDemo(ctx context.Context, p plan, show progress) error {
	began := time.Now()
	b, err := configureBerth(p)
	if err != nil {
		return err
	}
	if err := b.migrate(ctx); err != nil {
		return err
	}
	ready := func() {
		show.step("berth", began)
		show.step("in total", show.began)
		fmt.Fprintf(os.Stdout, "berth is ready at http://%s  (alice/alice, bob/bob, carol/carol is admin)\n", p.Addr)
	}
	err = b.serve(ctx, ready)
	var stop interrupted
	if errors.As(context.Cause(ctx), &stop) {
		return nil // Ctrl-C is how a demo ends
	}
	return err
}
