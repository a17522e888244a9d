package ldaptest

import (
	"crypto/sha1" //nolint:gosec // {SSHA} is what slapd understands without modules
	"encoding/base64"
	"fmt"
	"strings"
)

// Names and passwords of the demo tree.
const (
	BaseDN          = "dc=example,dc=org"
	PeopleDN        = "ou=people," + BaseDN
	GroupsDN        = "ou=groups," + BaseDN
	ServiceDN       = "cn=berth,ou=services," + BaseDN
	ServicePassword = "berth-service"
)

// Users are the account names of the demo tree. Each one's password is the name.
var Users = []string{"alice", "bob", "carol", "dave"}

// Entry is one directory entry.
type Entry struct {
	DN         string
	Attributes []Attribute
}

// Attribute is one attribute with its values.
type Attribute struct {
	Name   string
	Values []string
}

// Attr makes an Attribute.
func Attr(name string, values ...string) Attribute {
	return Attribute{Name: name, Values: values}
}

// UserDN is the DN of a user of the demo tree.
func UserDN(name string) string { return "uid=" + name + "," + PeopleDN }

// GroupDN is the DN of a group of the demo tree.
func GroupDN(name string) string { return "cn=" + name + "," + GroupsDN }

// User is a person with an account; the password is the name.
func User(name string, number int) Entry {
	full := strings.ToUpper(name[:1]) + name[1:] + " Example"
	return Entry{DN: UserDN(name), Attributes: []Attribute{
		Attr("objectClass", "inetOrgPerson", "posixAccount"),
		Attr("uid", name),
		Attr("cn", full),
		Attr("sn", "Example"),
		Attr("mail", name+"@example.org"),
		Attr("uidNumber", fmt.Sprint(number)),
		Attr("gidNumber", "2000"),
		Attr("homeDirectory", "/home/"+name),
		Attr("loginShell", "/bin/bash"),
		Attr("userPassword", ssha(name)),
	}}
}

// Group is a groupOfNames with the DNs as members.
func Group(name string, members ...string) Entry {
	return Entry{DN: GroupDN(name), Attributes: []Attribute{
		Attr("objectClass", "groupOfNames"),
		Attr("cn", name),
		Attr("member", members...),
	}}
}

// PosixGroup is a posixGroup with the account names as members.
func PosixGroup(name string, number int, members ...string) Entry {
	return Entry{DN: GroupDN(name), Attributes: []Attribute{
		Attr("objectClass", "posixGroup"),
		Attr("cn", name),
		Attr("gidNumber", fmt.Sprint(number)),
		Attr("memberUid", members...),
	}}
}

func people() []Entry {
	list := []Entry{
		{DN: BaseDN, Attributes: []Attribute{
			Attr("objectClass", "organization", "dcObject"), Attr("o", "Example"), Attr("dc", "example"),
		}},
		unit("people"), unit("groups"), unit("services"),
		{DN: ServiceDN, Attributes: []Attribute{
			Attr("objectClass", "organizationalRole", "simpleSecurityObject"),
			Attr("cn", "berth"), Attr("userPassword", ssha(ServicePassword)),
		}},
	}
	for i, name := range Users {
		list = append(list, User(name, 2001+i))
	}
	return list
}

func groups() []Entry {
	var all []string
	for _, name := range Users {
		all = append(all, UserDN(name))
	}
	return []Entry{
		Group("researchers", all...),
		Group("admins", UserDN("carol")),
		Group("gpu-users", UserDN("alice"), UserDN("carol")),
		Group("everyone", GroupDN("researchers")),
		PosixGroup("hpc", 2000, Users...),
		PosixGroup("operators", 2100, "bob"),
	}
}

func unit(name string) Entry {
	return Entry{DN: "ou=" + name + "," + BaseDN, Attributes: []Attribute{
		Attr("objectClass", "organizationalUnit"), Attr("ou", name),
	}}
}

// ssha is a salted SHA-1 as slapd writes it. The salt is fixed, so that the
// tree is the same each time: these passwords are no secret.
func ssha(password string) string {
	salt := "demo" + password
	sum := sha1.Sum([]byte(password + salt)) //nolint:gosec // see above
	return "{SSHA}" + base64.StdEncoding.EncodeToString(append(sum[:], salt...))
}
