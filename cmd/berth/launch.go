package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/api"
	"github.com/berth-hpc/berth/gateway/api/client"
	"github.com/berth-hpc/berth/gateway/session"
)

// launchFlags are the fields of a launch request and how they are said.
var launchFlags = []struct{ field, flag, short, about string }{
	{"app", "app", "", "what to run (default: the site's)"},
	{"name", "name", "", "the session's name, part of its address"},
	{"cluster", "cluster", "", "cluster, where there are several"},
	{"queue", "partition", "p", "partition (queue)"},
	{"gpus", "gpus", "", "GPUs, with a type or without: a100:2, 1"},
	{"cpus", "cpus", "c", "CPUs"},
	{"memory", "mem", "", "memory: 16G"},
	{"time_limit", "time", "t", "time limit: 4h, 1h30m, 2d"},
	{"account", "account", "A", "account to charge"},
	{"qos", "qos", "", "quality of service"},
}

func newLaunch() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "launch",
		Short: "Launch a session and wait until it is ready",
		Example: "  berth launch --app lab -p gpu --gpus a100:2 -t 4h\n" +
			"  berth launch --preset 'every day' -t 8h\n" +
			"  berth launch --no-wait --json",
		Args: cobra.NoArgs,
	}
	values := map[string]*string{}
	for _, f := range launchFlags {
		values[f.field] = cmd.Flags().StringP(f.flag, f.short, "", f.about)
	}
	kept := cmd.Flags().String("preset", "", "begin with a preset of yours or the site's; other flags change it")
	noWait := cmd.Flags().Bool("no-wait", false, "do not wait until it is ready")
	show := cmd.Flags().Bool("open", false, "open it in a browser when it is ready")
	asJSON := cmd.Flags().Bool("json", false, "print the session as JSON")
	cmd.RunE = remote(func(cmd *cobra.Command, c *client.Client, _ []string) error {
		fields := map[string]string{}
		if *kept != "" {
			var err error
			if fields, err = c.Preset(cmd.Context(), *kept); err != nil {
				return err
			}
		}
		for _, f := range launchFlags {
			if v := *values[f.field]; v != "" {
				fields[f.field] = v
			}
		}
		splitGPUs(fields)
		s, err := c.Launch(cmd.Context(), fields)
		if err != nil {
			return err
		}
		if !*noWait {
			if s, err = untilReady(cmd, c, s); err != nil {
				return err
			}
		}
		if *asJSON {
			return printJSON(cmd.OutOrStdout(), s)
		}
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), s.URL); err != nil || !*show || *noWait {
			return err
		}
		return openURL(cmd.Context(), s.URL)
	})
	return cmd
}

// splitGPUs takes "a100:2" apart.
func splitGPUs(fields map[string]string) {
	if kind, count, ok := strings.Cut(fields["gpus"], ":"); ok {
		fields["gpu_type"], fields["gpus"] = kind, count
	}
}

// untilReady waits, and says meanwhile what for. Its job goes on when the wait is
// called off.
func untilReady(cmd *cobra.Command, c *client.Client, s api.Session) (api.Session, error) {
	progress := progress{out: cmd.ErrOrStderr()}
	progress.say("session %s, job %s", s.Name, said(s.JobID))
	err := c.Follow(cmd.Context(), s, client.Watch{Session: func(now api.Session) bool {
		s = now
		if now.State != session.Ready && now.State != session.Ended {
			progress.say("%s", status(now))
		}
		return now.State != session.Ready && now.State != session.Ended
	}})
	if cmd.Context().Err() != nil {
		progress.say("it goes on waiting without you; berth ls shows it, berth stop %s ends it", s.Name)
		return s, errors.New("not waited for")
	}
	if err != nil {
		return s, err
	}
	if s.State == session.Ended {
		return s, ended(s)
	}
	return s, nil
}

// ended says in an error why a session is over.
func ended(s api.Session) error {
	text := "the session ended"
	if s.ReasonText != nil {
		text += ": " + *s.ReasonText
	}
	if s.Detail != nil {
		text += " (" + *s.Detail + ")"
	}
	return fmt.Errorf("%s; berth logs %s shows what it printed", text, s.Name)
}

// status is where a session is, in a line.
func status(s api.Session) string {
	text := s.Headline
	if s.EstimatedStart != nil && s.StartedAt == nil {
		text += ", estimated start " + s.EstimatedStart.Local().Format("Mon 15:04")
	}
	return text
}

// progress prints each news once.
type progress struct {
	out  io.Writer
	last string
}

func (p *progress) say(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if text != p.last {
		p.last = text
		_, _ = fmt.Fprintf(p.out, "%s  %s\n", time.Now().Format("15:04:05"), text)
	}
}

// said is a value that may not be known.
func said[T ~string](v *T) string {
	if v == nil {
		return orDash("")
	}
	return orDash(string(*v))
}
