package main

import (
	"context"
	"crypto/rand"
)

var mungeSocket = inside("munge", "munge.sock")

// startMunge starts munged, which lets Slurm's daemons and commands know who
// speaks.
func startMunge(ctx context.Context) (*daemon, error) {
	key := make([]byte, 128)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	keyFile := inside("munge", "munge.key")
	if err := writeFor("munge", keyFile, string(key), 0o600); err != nil {
		return nil, err
	}
	d := &daemon{
		name: "munged", user: "munge", stop: stopTerm,
		argv: []string{
			"/usr/sbin/munged", "--foreground", "--key-file=" + keyFile,
			"--socket=" + mungeSocket, "--pid-file=" + inside("munge", "munged.pid"),
			"--seed-file=" + inside("munge", "munged.seed"),
		},
	}
	if err := d.start(); err != nil {
		return nil, err
	}
	return d, d.await(ctx, listening(mungeSocket))
}
