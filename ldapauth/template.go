package ldapauth

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// checkTemplate demands that the template has a placeholder and none but the
// names allowed.
func checkTemplate(template string, names ...string) error {
	found := placeholder.FindAllString(template, -1)
	for _, p := range found {
		if !slices.Contains(names, strings.Trim(p, "{}")) {
			return fmt.Errorf("%q: %s is not one of {%s}", template, p, strings.Join(names, "}, {"))
		}
	}
	if len(found) == 0 {
		return fmt.Errorf("%q has no {%s}, so it is the same for everybody", template, names[0])
	}
	return nil
}

// fillFilter replaces the placeholders in one pass, escaped by RFC 4515
// section 3, so that a value can neither add to the filter nor bring a
// placeholder of its own.
func fillFilter(template, username, dn string) string {
	return strings.NewReplacer(
		"{username}", ldap.EscapeFilter(username),
		"{dn}", ldap.EscapeFilter(dn),
	).Replace(template)
}

// fillDN replaces {username}, escaped by RFC 4514 section 2.4.
func fillDN(template, username string) string {
	return strings.ReplaceAll(template, "{username}", ldap.EscapeDN(username))
}
