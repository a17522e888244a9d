package ldaptest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Options change the server from its defaults.
type Options struct {
	// NoTLS leaves out certificates: StartTLS is refused, LDAPSURL is "".
	NoTLS bool
	// PasswordPolicy locks an account after two failures and makes users with
	// pwdReset change their password, by the overlay ppolicy.
	PasswordPolicy bool
	// Extra entries, added after the demo tree.
	Extra []Entry
}

// ErrMissing means that slapd is not installed.
var ErrMissing = errors.New("slapd or its schema is not installed")

// paths are where a distribution keeps OpenLDAP.
type paths struct {
	slapd, slapadd, schema, modules string
}

func findPaths() (paths, error) {
	p := paths{
		slapd:   program("slapd"),
		slapadd: program("slapadd"),
		schema:  first("/etc/ldap/schema", "/etc/openldap/schema"),
		modules: first("/usr/lib/ldap", "/usr/lib64/openldap", "/usr/lib/openldap"),
	}
	if p.slapd == "" || p.slapadd == "" || p.schema == "" || p.modules == "" {
		return paths{}, ErrMissing
	}
	return p, nil
}

func program(name string) string {
	if found, err := exec.LookPath(name); err == nil {
		return found
	}
	return first("/usr/sbin/"+name, "/usr/lib/openldap/"+name) // not on a user's PATH
}

func first(candidates ...string) string {
	for _, c := range candidates {
		if _, err := os.Stat(c); err == nil {
			return c
		}
	}
	return ""
}

// conf renders slapd.conf(5).
func (p paths) conf(dir, rootPassword string, opts Options) string {
	var b strings.Builder
	for _, s := range []string{"core", "cosine", "inetorgperson", "nis"} {
		fmt.Fprintf(&b, "include %s\n", filepath.Join(p.schema, s+".schema"))
	}
	fmt.Fprintf(&b, "modulepath %s\nmoduleload back_mdb\nmoduleload memberof\n", p.modules)
	if opts.PasswordPolicy {
		b.WriteString("moduleload ppolicy\n")
	}
	if !opts.NoTLS {
		fmt.Fprintf(&b, "TLSCACertificateFile %[1]s/ca.pem\nTLSCertificateFile %[1]s/server.pem\nTLSCertificateKeyFile %[1]s/server.key\n", dir)
	}
	fmt.Fprintf(&b, `pidfile %[1]s/slapd.pid
database mdb
suffix "%[2]s"
rootdn "%[3]s"
rootpw %[4]s
directory %[1]s/db
maxsize 67108864
dbnosync
index objectClass,uid,member,memberUid eq
access to attrs=userPassword by self write by anonymous auth by * none
access to * by users read by anonymous auth
overlay memberof
`, dir, BaseDN, rootDN, rootPassword)
	if opts.PasswordPolicy {
		fmt.Fprintf(&b, "overlay ppolicy\nppolicy_default %q\nppolicy_use_lockout\n", policyDN)
	}
	return b.String()
}

const policyDN = "cn=policy," + BaseDN

func policy() Entry {
	return Entry{DN: policyDN, Attributes: []Attribute{
		Attr("objectClass", "organizationalRole", "pwdPolicy"),
		Attr("cn", "policy"),
		Attr("pwdAttribute", "userPassword"),
		Attr("pwdLockout", "TRUE"),
		Attr("pwdMaxFailure", "2"),
		Attr("pwdMustChange", "TRUE"),
	}}
}
