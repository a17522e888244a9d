package main

import "context"

// startSlurmdbd starts the daemon between Slurm and MariaDB. It finds MariaDB's
// socket in its environment, because its configuration has no word for it.
func startSlurmdbd(ctx context.Context, p plan) (*daemon, error) {
	text, err := render("slurmdbd.conf.tmpl", map[string]any{
		"Dir": mountPoint, "Port": p.Ports.Slurmdbd, "User": accountsUser, "MungeSocket": mungeSocket,
	})
	if err != nil {
		return nil, err
	}
	if err := writeFor(accountsUser, inside("etc", "slurmdbd.conf"), text, 0o600); err != nil {
		return nil, err
	}
	d := &daemon{
		name: "slurmdbd", user: accountsUser, stop: stopTerm, log: inside("log", "slurmdbd.log"),
		argv: []string{"/usr/sbin/slurmdbd", "-D"},
		env:  []string{"MYSQL_UNIX_PORT=" + mariadbSocket},
	}
	if err := writeFor(accountsUser, d.log, "", 0o644); err != nil {
		return nil, err
	}
	if err := d.start(); err != nil {
		return nil, err
	}
	return d, d.await(ctx, reachable(p.Ports.Slurmdbd))
}
