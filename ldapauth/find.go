package ldapauth

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-ldap/ldap/v3"
)

// found is a user's entry, and whether the connection is bound as the account
// that may search.
type found struct {
	*ldap.Entry
	typed     string // the normalised name that led to the entry
	searching bool
}

// searchThenBind looks the entry up as the service account and then tries the
// password on the entry's DN.
func (a *Authenticator) searchThenBind(ctx context.Context, c *conn, name, password string) (found, error) {
	if err := a.dir.bindService(ctx, c); err != nil {
		return found{}, err
	}
	e, err := a.search(ctx, c, name)
	if errors.Is(err, ErrNoSuchUser) || errors.Is(err, ErrAmbiguous) {
		// A bind all the same, on a DN that does not exist, so that the number of
		// round trips does not tell which names do.
		decoy := fillDN("cn={username},"+a.cfg.UserBaseDN, "no such user "+name)
		var broken *connError
		if bindErr := a.dir.tryPassword(ctx, c, decoy, password); errors.As(bindErr, &broken) {
			return found{}, bindErr
		}
		return found{}, fmt.Errorf("%w: %w", ErrInvalidCredentials, err)
	}
	if err != nil {
		return found{}, err
	}
	if err := a.dir.bindUser(ctx, c, e.DN, password); err != nil {
		return found{}, err
	}
	e.searching = false // bound as the user now
	return e, nil
}

// search returns the one entry of the name, or ErrNoSuchUser, ErrAmbiguous or
// ErrUnavailable.
func (a *Authenticator) search(ctx context.Context, c *conn, name string) (found, error) {
	end := begin(ctx, StepFindUser)
	filter := fillFilter(a.cfg.UserFilter, name, "")
	asked := fmt.Sprintf("%s under %s", filter, a.cfg.UserBaseDN)
	entries, more, err := c.search(ctx, a.cfg.UserBaseDN, ldap.ScopeWholeSubtree, filter, a.attributes(), 1)
	switch {
	case err != nil:
		err = unavailable(c, "search for the user", err)
	case more:
		err = ErrAmbiguous
	case len(entries) == 0:
		err = ErrNoSuchUser
	default:
		end(asked+": "+entries[0].DN, nil)
		return found{Entry: entries[0], typed: name, searching: true}, nil
	}
	end(asked, err)
	return found{}, err
}

// bindTemplates tries the password on each template's DN, then reads the entry.
func (a *Authenticator) bindTemplates(ctx context.Context, c *conn, name, password string) (found, error) {
	var refused error
	for _, t := range a.cfg.DNTemplates {
		dn := fillDN(t, name)
		err := a.dir.bindUser(ctx, c, dn, password)
		switch {
		case err == nil:
			return a.read(ctx, c, name, dn)
		case !errors.Is(err, ErrInvalidCredentials):
			return found{}, err
		}
		refused = err
	}
	return found{}, refused
}

// read fetches the entry of a DN that the user has just bound, as the service
// account if there is one. An entry that cannot be read is an error: without it
// the account name would be what the person typed.
func (a *Authenticator) read(ctx context.Context, c *conn, name, dn string) (found, error) {
	if a.cfg.BindDN != "" {
		if err := a.dir.bindService(ctx, c); err != nil {
			return found{}, err
		}
	}
	end := begin(ctx, StepEntry)
	entries, _, err := c.search(ctx, dn, ldap.ScopeBaseObject, "(objectClass=*)", a.attributes(), 1)
	switch {
	case err != nil:
		err = unavailable(c, "read the user's entry", err)
	case len(entries) == 0:
		err = fmt.Errorf("%w: %s: the user's entry cannot be read", ErrUnavailable, c.server)
	default:
		end(dn, nil)
		return found{Entry: entries[0], typed: name, searching: true}, nil
	}
	end(dn, err)
	return found{}, err
}

// attributes are those that are asked for by name: memberOf is operational in
// OpenLDAP and is not sent otherwise.
func (a *Authenticator) attributes() []string {
	attrs := []string{a.cfg.UsernameAttribute, a.cfg.DisplayNameAttribute, a.cfg.MailAttribute}
	if a.cfg.GroupMode == GroupsMemberOf || a.cfg.GroupMode == GroupsBoth {
		attrs = append(attrs, "memberOf")
	}
	return attrs
}
