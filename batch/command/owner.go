package command

import (
	"fmt"
	"os/user"
	"regexp"
)

// As says how the service becomes the owner of a job.
type As string

// The ways to act as an owner.
const (
	Sudo As = "sudo" // through sudo, as anyone its rules allow
	Self As = "self" // not at all: every owner is the service's own user
)

var ownerPattern = regexp.MustCompile(`^[a-z_][a-z0-9_-]{0,31}$`)

// checkOwner refuses names that no rule should be asked about.
func (r *Runner) checkOwner(owner string) error {
	if !ownerPattern.MatchString(owner) {
		return fmt.Errorf("%w: %.40q is not a user name", ErrForbidden, owner)
	}
	if owner == "root" {
		return fmt.Errorf("%w: nothing is run as root", ErrForbidden)
	}
	if r.as == Self && owner != r.self {
		return fmt.Errorf("%w: the service runs as %s and submits only as itself", ErrForbidden, r.self)
	}
	return nil
}

func ownName() (string, error) {
	u, err := user.Current()
	if err != nil {
		return "", fmt.Errorf("the service's own user: %w", err)
	}
	return u.Username, nil
}
