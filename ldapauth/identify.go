package ldapauth

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// identify turns an entry into an identity and decides whether it may sign in.
// With ErrNotAllowed for want of a group the identity is complete.
func (a *Authenticator) identify(ctx context.Context, c *conn, e found) (Identity, error) {
	name, err := a.accountName(e.Entry)
	if err != nil {
		err = fmt.Errorf("%w: %s: %w", ErrNotAllowed, clean(e.DN, 300), err)
		note(ctx, StepDecision, "no account name", err)
		return Identity{}, err
	}
	groups, err := a.groups(ctx, c, e, name)
	if err != nil {
		return Identity{}, err
	}
	id := Identity{
		Username:    name,
		DN:          e.DN,
		DisplayName: clean(e.GetEqualFoldAttributeValue(a.cfg.DisplayNameAttribute), 256),
		Mail:        clean(e.GetEqualFoldAttributeValue(a.cfg.MailAttribute), 256),
		Groups:      groups.names(),
		Admin:       groups.anyOf(a.cfg.AdminGroups),
	}
	if id.DisplayName == "" {
		id.DisplayName = name
	}
	if !id.Admin && len(a.cfg.AllowedGroups) > 0 && !groups.anyOf(a.cfg.AllowedGroups) {
		err = fmt.Errorf("%w: %s is in none of the allowed groups", ErrNotAllowed, name)
	}
	note(ctx, StepDecision, fmt.Sprintf("account %s, admin: %t", name, id.Admin), err)
	return id, err
}

// accountName reads the canonical name. An entry may have several: then the one
// in its DN counts, as for sssd(8), so that nobody is two users.
func (a *Authenticator) accountName(e *ldap.Entry) (string, error) {
	values := e.GetEqualFoldAttributeValues(a.cfg.UsernameAttribute)
	var name string
	switch len(values) {
	case 0:
		return "", fmt.Errorf("the entry has no %s", a.cfg.UsernameAttribute)
	case 1:
		name = values[0]
	default:
		attr, value := firstRDN(e.DN)
		if !strings.EqualFold(attr, a.cfg.UsernameAttribute) || !slices.Contains(values, value) {
			return "", fmt.Errorf("the entry has %d values of %s and its DN prefers none", len(values), a.cfg.UsernameAttribute)
		}
		name = value
	}
	return a.names.check(name)
}

// firstRDN returns the first attribute and value of a DN; "" if it has none.
func firstRDN(dn string) (attr, value string) {
	parsed, err := ldap.ParseDN(dn)
	if err != nil || len(parsed.RDNs) == 0 {
		return "", ""
	}
	first := parsed.RDNs[0].Attributes[0]
	return first.Type, first.Value
}
