package ldapauth

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// shape is a filter's structure without its values, and the values.
func shape(p *ber.Packet, values *[]string) string {
	if len(p.Children) == 0 {
		*values = append(*values, p.Data.String())
		return "."
	}
	var b strings.Builder
	b.WriteString(fmt.Sprint(p.Tag) + "(")
	for _, c := range p.Children {
		b.WriteString(shape(c, values))
	}
	b.WriteString(")")
	return b.String()
}

// Whatever the values hold, the filter has the template's structure, and the
// values arrive unchanged.
func FuzzFillFilter(f *testing.F) {
	for _, s := range []string{"alice", "*", "a)(uid=*", `\2a`, "{dn}", "{username}", "\x00", "é", "\xff", "a*b", "=", "(", "&"} {
		f.Add(s, "uid="+s+",dc=x")
	}
	f.Fuzz(func(t *testing.T, username, dn string) {
		if username == "" || dn == "" { // "(uid=)" is another kind of filter to go-ldap
			return
		}
		const template = "(&(objectClass=person)(|(member={dn})(memberUid={username})))"
		var plain, got []string
		want, err := ldap.CompileFilter(fillFilter(template, "x", "y"))
		if err != nil {
			t.Fatal(err)
		}
		filter := fillFilter(template, username, dn)
		p, err := ldap.CompileFilter(filter)
		if err != nil {
			t.Fatalf("%q: %v", filter, err)
		}
		if a, b := shape(want, &plain), shape(p, &got); a != b {
			t.Fatalf("%q has the shape %s, not %s", filter, b, a)
		}
		if got[3] != dn || got[5] != username {
			t.Errorf("%q: the values became %q", filter, got)
		}
	})
}

// A name stays the value of one RDN.
func FuzzFillDN(f *testing.F) {
	for _, s := range []string{"alice", "a,ou=admins", "a+cn=b", " a ", "#a", `a\`, "a\x00", `"a"`, "a;b", "<a>", "{username}", "é", "="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, username string) {
		if username == "" || !utf8.ValidString(username) { // refused by nameRule
			return
		}
		dn := fillDN("uid={username},ou=people,dc=example,dc=org", username)
		p, err := ldap.ParseDN(dn)
		if err != nil {
			t.Fatalf("%q: %v", dn, err)
		}
		if len(p.RDNs) != 4 || len(p.RDNs[0].Attributes) != 1 || p.RDNs[0].Attributes[0].Value != username {
			t.Errorf("%q became %q", username, dn)
		}
	})
}

// What passes is harmless under any pattern: as an argument, in a path, a
// filter, a DN or a shell; and checking twice changes nothing.
func FuzzNameRule(f *testing.F) {
	for _, s := range []string{"alice", "-x", "../x", "a b", "a\nb", "ALICE", "\u212a", "a/b", "a*", "a\\b", "a@b", ".", "a\u202eb"} {
		f.Add(s)
	}
	rules := []nameRule{
		{pattern: regexp.MustCompile(`\A(?:(?s).*)\z`)},
		{pattern: regexp.MustCompile(`\A(?:` + defaultPattern + `)\z`)},
	}
	f.Fuzz(func(t *testing.T, typed string) {
		for _, rule := range rules {
			name, err := rule.check(typed)
			if err != nil {
				if len(typed) > 60 && strings.Contains(err.Error(), typed) {
					t.Errorf("the error repeats what was typed: %v", err)
				}
				continue
			}
			if name == "" || name[0] == '-' || strings.ContainsAny(name, "/\\*()'\"`$;|&<> \t\n\x00") {
				t.Errorf("%q passed as %q", typed, name)
			}
			if ldap.EscapeFilter(name) != name && isASCII(name) || fillDN("{username}", name) != name {
				t.Errorf("%q would need escaping", name)
			}
			if again, err := rule.check(name); err != nil || again != name {
				t.Errorf("%q, checked again, is %q, %v", name, again, err)
			}
		}
	})
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 127 })
}

func FuzzParseURL(f *testing.F) {
	for _, s := range []string{
		"ldap://h", "ldaps://h:636", "ldapi://%2Frun%2Fldapi", "ldapi:///run/ldapi", "ldap://[::1]:389", "ldap://u:p@h", "ldap://h/dc=x", "cldap://h", "ldapi://%zz", "ldap://h?",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		a, err := parseURL(raw)
		if err != nil {
			return
		}
		switch {
		case a.network == "unix" && a.scheme == "ldapi" && strings.HasPrefix(a.target, "/"):
		case a.network == "tcp" && (a.scheme == "ldap" || a.scheme == "ldaps") && a.host != "" && strings.Contains(a.target, ":"):
		default:
			t.Errorf("%q became %+v", raw, a)
		}
	})
}

// Diagnostic messages come from the network.
func FuzzClean(f *testing.F) {
	f.Add("80090308: LdapErr: AcceptSecurityContext error, data 775, v4563\x00")
	f.Add("\x1b[31mred\r\nnext\xff")
	f.Fuzz(func(t *testing.T, message string) {
		got := clean(message, 50)
		if len(got) > 50 || !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x9b }) {
			t.Errorf("%q became %q", message, got)
		}
		_ = activeDirectoryReason(message)
	})
}
