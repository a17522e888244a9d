package memory

import (
	"slices"
	"strings"
)

// Entry is one entry of the tree. DNs are compared without regard to case.
type Entry struct {
	DN         string
	Attributes map[string][]string
	Password   string // for a bind; "": nobody can bind as this entry
}

// values are those of an attribute; names are compared without regard to case.
func (e Entry) values(attribute string) []string {
	for name, values := range e.Attributes {
		if strings.EqualFold(name, attribute) {
			return values
		}
	}
	return nil
}

func (e Entry) has(attribute, value string) bool {
	return slices.ContainsFunc(e.values(attribute), func(v string) bool { return strings.EqualFold(v, value) })
}

// under reports whether the entry lies in the scope of a search at base.
func (e Entry) under(base string, scope int64) bool {
	dn := strings.ToLower(e.DN)
	base = strings.ToLower(base)
	rest, below := strings.CutSuffix(dn, ","+base)
	switch scope {
	case scopeBase:
		return dn == base
	case scopeOne:
		return below && !strings.Contains(rest, ",")
	}
	return below || dn == base
}

// The scopes of a search (RFC 4511, section 4.5.1.2). The third is the subtree.
const (
	scopeBase = 0
	scopeOne  = 1
)

// People is a tree with the people, whose passwords are their names, and the
// groups that they are in.
func People(base string, people []Person) []Entry {
	var tree []Entry
	members := map[string][]string{}
	for _, p := range people {
		dn := "uid=" + p.Name + ",ou=people," + base
		tree = append(tree, Entry{DN: dn, Password: p.Name, Attributes: map[string][]string{
			"objectClass": {"person", "inetOrgPerson"}, "uid": {p.Name}, "cn": {p.FullName}, "sn": {p.FullName},
			"displayName": {p.FullName}, "mail": {p.Name + "@example.org"},
		}})
		for _, g := range p.Groups {
			members[g] = append(members[g], dn)
		}
	}
	for name, dns := range members {
		tree = append(tree, Entry{DN: "cn=" + name + ",ou=groups," + base, Attributes: map[string][]string{
			"objectClass": {"groupOfNames"}, "cn": {name}, "member": dns,
		}})
	}
	return tree
}

// Person is somebody in a tree of People.
type Person struct {
	Name     string // of the account
	FullName string
	Groups   []string
}
