package ldaptest

import (
	"encoding/base64"
	"strings"
)

// DemoLDIF renders the demo tree for slapadd(8) or ldapadd(1). slapadd does not
// fill memberOf; ldapadd to a server with the overlay does.
func DemoLDIF() string {
	return LDIF(append(people(), groups()...))
}

// LDIF renders entries by RFC 2849.
func LDIF(entries []Entry) string {
	var b strings.Builder
	for _, e := range entries {
		line(&b, "dn", e.DN)
		for _, a := range e.Attributes {
			for _, v := range a.Values {
				line(&b, a.Name, v)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func line(b *strings.Builder, name, value string) {
	b.WriteString(name)
	if safe(value) {
		b.WriteString(": " + value + "\n")
		return
	}
	b.WriteString(":: " + base64.StdEncoding.EncodeToString([]byte(value)) + "\n")
}

// safe is SAFE-STRING of RFC 2849, without trailing spaces.
func safe(value string) bool {
	if value == "" {
		return true
	}
	if strings.ContainsAny(value[:1], " :<") || strings.HasSuffix(value, " ") {
		return false
	}
	for _, c := range []byte(value) {
		if c == 0 || c == '\n' || c == '\r' || c > 127 {
			return false
		}
	}
	return true
}
