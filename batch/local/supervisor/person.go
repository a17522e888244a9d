package supervisor

import (
	"fmt"
	"os/user"
)

// person is whom the job runs as.
type person struct {
	name, home, shell string
}

// whoami is the user that this process belongs to, or whom the order puts in
// that user's place. Sudo has set HOME and USER, which count where the system's
// user list is not all in /etc/passwd.
func whoami(o Order) (person, error) {
	p := person{name: o.User, home: o.Home, shell: "/bin/bash"}
	if p.name != "" && p.home != "" {
		return p, nil
	}
	u, err := user.Current()
	if err != nil {
		return p, fmt.Errorf("who am I: %w", err)
	}
	if p.name == "" {
		p.name = u.Username
	}
	if p.home == "" {
		p.home = u.HomeDir
	}
	return p, nil
}
