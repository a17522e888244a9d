package main

import (
	"os"
	"os/user"

	"github.com/berth-hpc/berth/gateway/admin"
)

// cliActor is who works on the command line: whoever can read the config's
// secrets is an admin. Through sudo it is the person who called sudo.
func cliActor() admin.Actor {
	name := os.Getenv("SUDO_USER")
	if name == "" {
		name = "?"
		if u, err := user.Current(); err == nil {
			name = u.Username
		}
	}
	return admin.Actor{Name: name, Address: "command line"}
}
