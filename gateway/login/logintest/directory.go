package logintest

import (
	"context"
	"sync"

	"github.com/berth-hpc/berth/ldapauth"
)

// Directory is a login.Authenticator that knows the people given. Each one's
// password is the user name.
type Directory struct {
	mu     sync.Mutex
	people map[string]ldapauth.Identity
	err    error
	asked  int
}

// NewDirectory returns a directory of these people.
func NewDirectory(people ...ldapauth.Identity) *Directory {
	d := &Directory{people: map[string]ldapauth.Identity{}}
	for _, p := range people {
		d.people[p.Username] = p
	}
	return d
}

// Fail makes Authenticate return err until it is called with nil.
func (d *Directory) Fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

// Asked says how often Authenticate was called.
func (d *Directory) Asked() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked
}

// Authenticate implements login.Authenticator.
func (d *Directory) Authenticate(_ context.Context, username, password string) (ldapauth.Identity, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	if d.err != nil {
		return ldapauth.Identity{}, d.err
	}
	p, ok := d.people[username]
	if !ok || password != username {
		return ldapauth.Identity{}, ldapauth.ErrInvalidCredentials
	}
	return p, nil
}
