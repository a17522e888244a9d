package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

// reloads reads again, on SIGHUP, what may change while the gateway runs: the
// site's certificate. A change of the config takes a restart, which notebooks
// outlive.
func reloads(ctx context.Context, site *certificate, log *slog.Logger) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
			if site == nil {
				log.Info("SIGHUP: there is no certificate to read again; a change of the config takes a restart")
				continue
			}
			site.Reload()
		}
	}
}
