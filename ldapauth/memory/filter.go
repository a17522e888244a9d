package memory

import (
	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// matches reports whether the entry fulfils a filter (RFC 4511, section 4.5.1.7).
// What it does not know, no entry fulfils.
func (e Entry) matches(f *ber.Packet) bool {
	switch f.Tag {
	case ldap.FilterAnd:
		for _, c := range f.Children {
			if !e.matches(c) {
				return false
			}
		}
		return true
	case ldap.FilterOr:
		for _, c := range f.Children {
			if e.matches(c) {
				return true
			}
		}
		return false
	case ldap.FilterNot:
		return len(f.Children) == 1 && !e.matches(f.Children[0])
	case ldap.FilterEqualityMatch:
		return len(f.Children) == 2 && e.has(text(f.Children[0]), text(f.Children[1]))
	case ldap.FilterPresent:
		return len(e.values(text(f))) > 0
	}
	return false
}

func text(p *ber.Packet) string {
	if p.Data == nil {
		return ""
	}
	return p.Data.String()
}
