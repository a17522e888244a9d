package main

import (
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/berth-hpc/berth/gateway/desktop"
)

func newDesktop() *cobra.Command {
	var c desktop.Config
	cmd := &cobra.Command{
		Use:    "desktop [-- COMMAND...]",
		Short:  "Serve a graphical desktop to a browser, inside a job",
		Hidden: true, // the desktop preset runs it
		Long: "Start an X server with VNC and a desktop on it, and serve noVNC's page on a Unix socket.\n" +
			"The node needs Xvnc (TigerVNC), noVNC and a desktop, or the COMMAND that starts one.",
	}
	cmd.Flags().StringVar(&c.Socket, "socket", "", "Unix socket to serve on")
	cmd.Flags().StringVar(&c.Dir, "dir", "", "private folder of the session")
	cmd.Flags().StringVar(&c.NoVNC, "novnc", "", "folder with noVNC's vnc.html (default: the first usual one)")
	cmd.Flags().StringVar(&c.Geometry, "geometry", "", "size of the screen before a browser says its own (default 1440x900)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c.Session, c.Environ = args, os.Environ()
		c.Log = slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
		return desktop.Run(cmd.Context(), c)
	}
	for _, name := range []string{"socket", "dir"} {
		_ = cmd.MarkFlagRequired(name)
	}
	return cmd
}
