package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/ldapauth/memory"
	"github.com/berth-hpc/berth/sql"
	"github.com/berth-hpc/berth/sql/postgres"
)

// demo is what "berth demo" was asked for.
type demo struct {
	addr     string // of the public listener
	dir      string // "": a temporary one
	database string // a URL; "": a private PostgreSQL
	verbose  bool

	temporary bool // dir goes at the end
	out       io.Writer
}

func newDemo() *cobra.Command {
	var d demo
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Try berth on this machine: no root, no cluster, gone on Ctrl-C",
		Long: "Try berth on this machine. One command starts a small directory with three people, a\n" +
			"private PostgreSQL, and a gateway whose sessions are processes of your own, with two\n" +
			"pretend GPUs. Nothing needs root, and nothing is left when it ends. Notebooks need a\n" +
			"Jupyter on the PATH; without one there is a small built-in app.\n\n" +
			"Everybody's sessions run as you: do not let other people use it.",
		Args: cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.StringVar(&d.addr, "addr", "127.0.0.1:8080", "where to listen")
	flags.StringVar(&d.dir, "dir", "", "keep everything in this directory for the next time (default: a temporary one)")
	flags.StringVar(&d.database, "database", "", "the URL of an empty database, where no PostgreSQL is installed")
	flags.BoolVar(&d.verbose, "verbose", false, "show the gateway's log")
	flags.BoolVar(&d.temporary, "temporary", false, "remove the directory at the end")
	_ = flags.MarkHidden("temporary")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		d.out = cmd.OutOrStdout()
		if os.Getuid() == 0 {
			return d.asNobody(cmd.Context())
		}
		return d.run(cmd.Context())
	}
	return cmd
}

// run starts everything, and ends it all when ctx ends.
func (d demo) run(ctx context.Context) (err error) {
	began := time.Now()
	if err := addressFree(ctx, d.addr); err != nil {
		return err
	}
	if err := d.makeDir(); err != nil {
		return err
	}
	if d.temporary {
		defer func() { err = errors.Join(err, os.RemoveAll(d.dir)) }()
	}
	password := demoSecret()
	directory, err := memory.Start(demoPeople(password))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, directory.Stop()) }()
	c, err := d.config(ctx, directory.URL(), password)
	if err != nil {
		return err
	}
	log := newLogger(c.Log)
	if !c.Database.private { // a private one is migrated as it starts
		if err := sql.Migrate(ctx, c.Database.URL, log); err != nil {
			return err
		}
	}
	err = withDatabase(ctx, c, log, func(ctx context.Context) error {
		return d.serve(ctx, c, began)
	})
	if errors.Is(err, postgres.ErrMissing) {
		err = fmt.Errorf("%w with --database", err)
	}
	return err
}

func (d *demo) makeDir() (err error) {
	if d.dir == "" {
		d.temporary = true
		d.dir, err = os.MkdirTemp(shortTemp(), "berth-demo-")
		return err
	}
	if d.dir, err = filepath.Abs(d.dir); err != nil {
		return err
	}
	return os.MkdirAll(d.dir, 0o700)
}

// serve runs the gateway, says when it is ready, and ends the sessions after it.
func (d demo) serve(ctx context.Context, c *fileConfig, began time.Time) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, c, systemd{}) }()
	if demoReady(ctx, d.addr, ended) {
		d.welcome(c, time.Since(began))
	}
	err := <-ended
	return errors.Join(err, endLocalJobs(c))
}

func (d demo) welcome(c *fileConfig, took time.Duration) {
	kept := "stays"
	if d.temporary {
		kept = "goes"
	}
	var apps []string
	for _, a := range c.Apps {
		apps = append(apps, a.Name)
	}
	fmt.Fprintf(d.out, `
berth is ready at %s   (%.1f s)

  user    password
  alice   alice      a researcher
  bob     bob        a researcher
  carol   carol      an administrator

Apps      %s
Sessions  processes of your own on this machine, with two pretend GPUs
Files     %s, which %s when you press Ctrl-C
`, c.PublicURL, took.Seconds(), strings.Join(apps, ", "), d.dir, kept)
}
