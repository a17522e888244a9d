package ldapauth

import (
	"context"
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// groups collects the user's groups from wherever the configuration says.
func (a *Authenticator) groups(ctx context.Context, c *conn, e found, name string) (*groupSet, error) {
	set := &groupSet{}
	mode := a.cfg.GroupMode
	if mode == GroupsNone {
		return set, nil
	}
	if mode == GroupsMemberOf || mode == GroupsBoth {
		if err := a.memberOf(ctx, e, set); err != nil {
			return nil, err
		}
	}
	// A search with the user's own rights might see fewer groups.
	if !e.searching && (mode != GroupsMemberOf || a.cfg.NestedGroups != NestNone) {
		if err := a.dir.bindService(ctx, c); err != nil {
			return nil, err
		}
	}
	if mode == GroupsSearch || mode == GroupsBoth {
		if _, err := a.findGroups(ctx, c, fillFilter(a.cfg.GroupFilter, name, e.DN), set); err != nil {
			return nil, err
		}
	}
	switch a.cfg.NestedGroups {
	case NestAD:
		if _, err := a.findGroups(ctx, c, fillFilter(chainFilter, name, e.DN), set); err != nil {
			return nil, err
		}
	case NestWalk:
		if err := a.walk(ctx, c, set); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// memberOf reads the groups that the entry itself lists.
func (a *Authenticator) memberOf(ctx context.Context, e found, set *groupSet) error {
	for _, attr := range e.Attributes {
		// Active Directory sends long lists in parts ([MS-ADTS] 3.1.1.3.1.3.3).
		if strings.HasPrefix(strings.ToLower(attr.Name), "memberof;range=") {
			return a.tooMany(ctx, StepGroups, "memberOf of "+e.DN)
		}
	}
	for _, dn := range e.GetEqualFoldAttributeValues("memberOf") {
		if a.cfg.GroupBaseDN != "" && !under(a.cfg.GroupBaseDN, dn) {
			continue
		}
		_, name := firstRDN(dn)
		set.add(group{name: name, dn: dn})
	}
	note(ctx, StepGroups, fmt.Sprintf("memberOf: %s", strings.Join(set.names(), ", ")), nil)
	if len(set.list) > a.cfg.MaxGroups {
		return a.tooMany(ctx, StepGroups, "memberOf of "+e.DN)
	}
	return nil
}

// findGroups adds the groups that match and returns those that are new.
func (a *Authenticator) findGroups(ctx context.Context, c *conn, filter string, set *groupSet) ([]group, error) {
	end := begin(ctx, StepGroups)
	attrs := []string{a.cfg.GroupNameAttribute}
	entries, more, err := c.search(ctx, a.cfg.GroupBaseDN, ldap.ScopeWholeSubtree, filter, attrs, a.cfg.MaxGroups)
	if err != nil {
		err = unavailable(c, "search for groups", err)
		end(filter, err)
		return nil, err
	}
	var added []group
	for _, entry := range entries {
		g := group{name: entry.GetEqualFoldAttributeValue(a.cfg.GroupNameAttribute), dn: entry.DN}
		if set.add(g) {
			added = append(added, set.list[len(set.list)-1])
		}
	}
	names := make([]string, 0, len(added))
	for _, g := range added {
		names = append(names, g.name)
	}
	end(fmt.Sprintf("%s under %s: %s", filter, a.cfg.GroupBaseDN, strings.Join(names, ", ")), nil)
	if more || len(set.list) > a.cfg.MaxGroups {
		return nil, a.tooMany(ctx, StepGroups, filter)
	}
	return added, nil
}

func (a *Authenticator) tooMany(ctx context.Context, step StepName, where string) error {
	err := fmt.Errorf("%w: %s: more than max_groups (%d), so the list is not complete", ErrUnavailable, where, a.cfg.MaxGroups)
	note(ctx, step, where, err)
	return err
}
