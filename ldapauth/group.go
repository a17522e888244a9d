package ldapauth

import (
	"cmp"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// group is one group of a user.
type group struct {
	name string
	dn   string // as the server wrote it
}

// groupSet holds groups, each once by DN.
type groupSet struct {
	list []group
	seen map[string]bool // by key(dn)
}

// add reports whether the group is new. Groups without a usable name are left
// out, and so is the empty DN.
func (s *groupSet) add(g group) bool {
	g.name = clean(g.name, 256)
	k := key(g.dn)
	if g.name == "" || k == "" || s.seen[k] {
		return false
	}
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	s.seen[k] = true
	s.list = append(s.list, g)
	return true
}

// names returns the groups' names, sorted, each once.
func (s *groupSet) names() []string {
	names := make([]string, 0, len(s.list))
	for _, g := range s.list {
		names = append(names, g.name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
	})
	return slices.Compact(names)
}

// anyOf reports whether one of the groups is among those wanted, which are
// names (case is ignored, as cn does by RFC 4519) or DNs.
func (s *groupSet) anyOf(wanted []string) bool {
	for _, w := range wanted {
		byDN := ""
		if strings.Contains(w, "=") {
			byDN = key(w)
		}
		for _, g := range s.list {
			if strings.EqualFold(g.name, w) || (byDN != "" && key(g.dn) == byDN) {
				return true
			}
		}
	}
	return false
}

// key is one spelling for all spellings of a DN: case and spacing do not
// distinguish DNs. "" if it is none.
func key(dn string) string {
	parsed, err := ldap.ParseDN(dn)
	if err != nil || len(parsed.RDNs) == 0 {
		return ""
	}
	return strings.ToLower(parsed.String())
}

// under reports whether dn lies below base.
func under(base, dn string) bool {
	b, err := ldap.ParseDN(base)
	if err != nil {
		return false
	}
	d, err := ldap.ParseDN(dn)
	return err == nil && b.AncestorOfFold(d)
}
