package ldapauth

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

const maxPasswordBytes = 4096

// Authenticator decides who may sign in. Safe for concurrent use.
type Authenticator struct {
	dir   *Directory
	cfg   Config // with defaults
	names nameRule
}

// New checks the configuration and reads CAFile. It does not dial.
func New(cfg Config) (*Authenticator, error) {
	dir, err := NewDirectory(cfg)
	if err != nil {
		return nil, err
	}
	pattern, err := compilePattern(dir.cfg.UsernamePattern)
	if err != nil {
		return nil, err
	}
	return &Authenticator{
		dir:   dir,
		cfg:   dir.cfg,
		names: nameRule{pattern: pattern, keepCase: dir.cfg.KeepCase},
	}, nil
}

// Ping dials a server and binds as the service account; see Directory.Ping.
func (a *Authenticator) Ping(ctx context.Context) error {
	return a.dir.Ping(ctx)
}

// Authenticate returns the identity of the user whose password it is. Its
// errors wrap ErrInvalidCredentials, ErrNotAllowed or ErrUnavailable, exactly
// one of them; the package's documentation says what each means.
func (a *Authenticator) Authenticate(ctx context.Context, username, password string) (Identity, error) {
	name, err := a.names.check(username)
	note(ctx, StepUsername, name, err)
	if err == nil {
		err = checkPassword(password)
	}
	if err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrInvalidCredentials, err)
	}
	var id Identity
	err = a.dir.converse(ctx, func(ctx context.Context, c *conn) (err error) {
		id, err = a.signIn(ctx, c, name, password)
		return err
	})
	if err != nil {
		return Identity{}, err
	}
	return id, nil
}

// checkPassword refuses what must not reach a server. Beside the empty
// password that is one with a NUL, at which some server might stop reading.
func checkPassword(password string) error {
	switch {
	case password == "":
		return errors.New("the password is empty")
	case len(password) > maxPasswordBytes:
		return fmt.Errorf("the password has more than %d bytes", maxPasswordBytes)
	case strings.ContainsRune(password, 0):
		return errors.New("the password holds a NUL byte")
	}
	return nil
}

func (a *Authenticator) signIn(ctx context.Context, c *conn, name, password string) (Identity, error) {
	find := a.searchThenBind
	if len(a.cfg.DNTemplates) > 0 {
		find = a.bindTemplates
	}
	e, err := find(ctx, c, name, password)
	if err != nil {
		return Identity{}, err
	}
	return a.identify(ctx, c, e)
}

// Lookup returns what the directory says of a user, without a password, for
// the sync of people who are signed in or own something. It needs BindDN and
// UserBaseDN. Errors wrap ErrNoSuchUser, ErrNotAllowed (with the identity filled
// in if it is only for want of a group) or ErrUnavailable.
//
// A service account that has lost its right to read sees no users, and so
// Lookup says ErrNoSuchUser for everybody: a caller that acts on it should
// refuse to act on many users at once.
func (a *Authenticator) Lookup(ctx context.Context, username string) (Identity, error) {
	if a.cfg.BindDN == "" || a.cfg.UserBaseDN == "" {
		return Identity{}, fmt.Errorf("%w: a look-up needs bind_dn and user_base_dn", ErrUnavailable)
	}
	name, err := a.names.check(username)
	note(ctx, StepUsername, name, err)
	if err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrNoSuchUser, err)
	}
	var id Identity
	err = a.dir.converse(ctx, func(ctx context.Context, c *conn) error {
		if err := a.dir.bindService(ctx, c); err != nil {
			return err
		}
		e, err := a.search(ctx, c, name)
		switch {
		case errors.Is(err, ErrAmbiguous):
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		case err != nil:
			return err
		}
		id, err = a.identify(ctx, c, e)
		return err
	})
	if err != nil && !errors.Is(err, ErrNotAllowed) {
		return Identity{}, err
	}
	return id, err
}
