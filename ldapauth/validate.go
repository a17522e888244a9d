package ldapauth

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/go-ldap/ldap/v3"
)

// Validate reports every fault of the configuration, joined. It opens no file
// and no connection.
func (c Config) Validate() error {
	c = c.withDefaults()
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf(format, args...))
	}

	c.validateServers(fault)
	if c.ConnectTimeout < 0 || c.ReadTimeout < 0 {
		fault("connect_timeout and read_timeout cannot be negative")
	}

	switch {
	case c.BindDN == "" && c.BindPassword != "":
		fault("bind_password needs bind_dn")
	case c.BindDN != "" && c.BindPassword == "":
		fault("bind_dn needs a password: a bind without one would be anonymous")
	}
	if c.UserBaseDN == "" && len(c.DNTemplates) == 0 {
		fault("one of user_base_dn and dn_templates is needed")
	}
	checkDN(fault, "user_base_dn", c.UserBaseDN)
	checkDN(fault, "group_base_dn", c.GroupBaseDN)
	for _, t := range c.DNTemplates {
		if err := checkTemplate(t, "username"); err != nil {
			fault("dn_templates: %w", err)
			continue
		}
		checkDN(fault, "dn_templates", fillDN(t, "x"))
	}
	checkFilter(fault, "user_filter", c.UserFilter, "username")
	c.validateGroups(fault)

	for _, a := range []struct{ field, name string }{
		{"username_attribute", c.UsernameAttribute},
		{"display_name_attribute", c.DisplayNameAttribute},
		{"mail_attribute", c.MailAttribute},
		{"group_name_attribute", c.GroupNameAttribute},
	} {
		if !attributeName.MatchString(a.name) {
			fault("%s: %q is not the name of an attribute", a.field, a.name)
		}
	}
	if _, err := compilePattern(c.UsernamePattern); err != nil {
		fault("username_pattern: %w", err)
	}
	return errors.Join(faults...)
}

func (c Config) validateServers(fault func(string, ...any)) {
	if len(c.URLs) == 0 {
		fault("urls: at least one is needed")
	}
	switch c.Transport {
	case "", StartTLS, LDAPS, Plain:
	default:
		fault("transport: %q is none of starttls, ldaps, plain", c.Transport)
	}
	for _, raw := range c.URLs {
		s, err := parseURL(raw)
		if err != nil {
			fault("urls: %w", err)
			continue
		}
		switch {
		case s.scheme == "ldap" && c.Transport == LDAPS:
			fault("urls: %s is not ldaps://, which transport: ldaps asks for", raw)
		case s.scheme == "ldaps" && (c.Transport == StartTLS || c.Transport == Plain):
			fault("urls: %s contradicts transport: %s", raw, c.Transport)
		}
	}
}

func (c Config) validateGroups(fault func(string, ...any)) {
	searches := false
	switch c.GroupMode {
	case GroupsSearch, GroupsBoth:
		searches = true
	case GroupsMemberOf:
	case GroupsNone:
		if len(c.AllowedGroups)+len(c.AdminGroups) > 0 {
			fault("allowed_groups and admin_groups need group_mode or group_base_dn: no groups are read now")
		}
	default:
		fault("group_mode: %q is none of none, memberof, search, both", c.GroupMode)
	}
	switch c.NestedGroups {
	case NestNone:
	case NestWalk, NestAD:
		searches = true
		if c.GroupMode == GroupsNone {
			fault("nested_groups: %s needs groups to begin with", c.NestedGroups)
		}
	default:
		fault("nested_groups: %q is none of none, walk, ad", c.NestedGroups)
	}
	if searches && c.GroupBaseDN == "" {
		fault("group_base_dn is needed to search for groups")
	}
	if c.NestedDepth < 0 || c.NestedDepth > 100 {
		fault("nested_depth: %d is not between 1 and 100", c.NestedDepth)
	}
	if c.MaxGroups < 0 {
		fault("max_groups cannot be negative")
	}
	checkFilter(fault, "group_filter", c.GroupFilter, "dn", "username")
	checkFilter(fault, "nested_filter", c.NestedFilter, "dn")
}

// RFC 4512 section 1.4: a descriptor or a numeric OID, no options.
var attributeName = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9-]{0,127}|[0-9]+(\.[0-9]+){1,30})$`)

func checkDN(fault func(string, ...any), field, dn string) {
	if dn == "" {
		return
	}
	if _, err := ldap.ParseDN(dn); err != nil {
		fault("%s: %q is not a DN: %w", field, dn, err)
	}
}

func checkFilter(fault func(string, ...any), field, filter string, names ...string) {
	if err := checkTemplate(filter, names...); err != nil {
		fault("%s: %w", field, err)
		return
	}
	if _, err := ldap.CompileFilter(fillFilter(filter, "x", "cn=x")); err != nil {
		fault("%s: %q is not a filter: %w", field, filter, err)
	}
}
