package ldapauth_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/ldapauth"
)

func TestValidateReportsEveryFault(t *testing.T) {
	t.Parallel()
	cfg := ldapauth.Config{
		URLs:              []string{"http://x", "ldap://", "ldap://u:hunter2@h", "ldap://h/dc=x??sub"},
		Transport:         "tls",
		ConnectTimeout:    -1,
		BindDN:            "cn=berth",
		UserBaseDN:        "people",
		UserFilter:        "(uid={user})",
		DNTemplates:       []string{"uid=alice,dc=x", "{username}"},
		UsernameAttribute: "uid)(x",
		GroupMode:         "all",
		GroupFilter:       "(member={dn}",
		NestedGroups:      "deep",
		NestedFilter:      "(member={username})",
		UsernamePattern:   "(",
	}
	err := cfg.Validate()
	if err == nil {
		t.Fatal("no fault found")
	}
	for _, want := range []string{
		`"http://x" is none of`, `"ldap://" has no host`, "do not belong into a URL", "more than a host and a port",
		"transport:", "cannot be negative", "bind_dn needs a password", "user_base_dn:", "{user} is not one of",
		"the same for everybody", `"x" is not a DN`, "username_attribute:", "group_mode:", "group_filter:", "nested_groups:",
		"nested_filter:", "username_pattern:",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Error("the error repeats a password")
	}
	if _, err := ldapauth.New(cfg); err == nil {
		t.Error("New accepts it")
	}
}

func TestValidateOneByOne(t *testing.T) {
	t.Parallel()
	good := ldapauth.Config{URLs: []string{"ldap://h"}, UserBaseDN: "dc=x"}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*ldapauth.Config)
		fault  string // "" for none
	}{
		"nothing": {func(c *ldapauth.Config) { *c = ldapauth.Config{} }, "urls: at least one"},
		"nobody":  {func(c *ldapauth.Config) { c.UserBaseDN = "" }, "one of user_base_dn and dn_templates"},
		"all schemes": {func(c *ldapauth.Config) {
			c.URLs = []string{"ldap://h:10389/", "ldaps://[::1]", "ldapi://%2Frun%2Fldapi"}
		}, ""},
		"ldaps on ldap":         {func(c *ldapauth.Config) { c.Transport = ldapauth.LDAPS }, "is not ldaps://"},
		"plain on ldaps":        {func(c *ldapauth.Config) { c.Transport, c.URLs = ldapauth.Plain, []string{"ldaps://h"} }, "contradicts"},
		"starttls on ldaps":     {func(c *ldapauth.Config) { c.Transport, c.URLs = ldapauth.StartTLS, []string{"ldaps://h"} }, "contradicts"},
		"relative socket":       {func(c *ldapauth.Config) { c.URLs = []string{"ldapi://run"} }, "absolute path"},
		"password without DN":   {func(c *ldapauth.Config) { c.BindPassword = "x" }, "bind_password needs bind_dn"},
		"rules without groups":  {func(c *ldapauth.Config) { c.AllowedGroups = []string{"x"} }, "no groups are read"},
		"search without base":   {func(c *ldapauth.Config) { c.GroupMode = ldapauth.GroupsSearch }, "group_base_dn is needed"},
		"memberof":              {func(c *ldapauth.Config) { c.GroupMode = ldapauth.GroupsMemberOf }, ""},
		"memberof, nested":      {func(c *ldapauth.Config) { c.GroupMode, c.NestedGroups = ldapauth.GroupsMemberOf, ldapauth.NestWalk }, "group_base_dn is needed"},
		"nested without groups": {func(c *ldapauth.Config) { c.NestedGroups = ldapauth.NestAD }, "needs groups to begin with"},
		"deep":                  {func(c *ldapauth.Config) { c.NestedDepth = 1000 }, "nested_depth"},
		"filter not a filter":   {func(c *ldapauth.Config) { c.UserFilter = "uid={username}" }, "user_filter"},
		"several templates": {func(c *ldapauth.Config) {
			c.UserBaseDN = ""
			c.DNTemplates = []string{"uid={username},dc=x", "cn={username},dc=y"}
		}, ""},
		"attribute with options": {func(c *ldapauth.Config) { c.MailAttribute = "mail;lang-en" }, "mail_attribute"},
	} {
		cfg := good
		c.change(&cfg)
		err := cfg.Validate()
		if c.fault == "" && err != nil || c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)) {
			t.Errorf("%s: got %v, want %q", name, err, c.fault)
		}
	}
}

func TestCAFileIsReadAtOnce(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(empty, []byte("not a certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{empty, empty + ".missing"} {
		if _, err := ldapauth.New(ldapauth.Config{URLs: []string{"ldap://h"}, UserBaseDN: "dc=x", CAFile: file}); err == nil || !strings.Contains(err.Error(), "ca_file") {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestEveryFieldHasAYAMLName(t *testing.T) {
	t.Parallel()
	snake := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	cfg := reflect.TypeFor[ldapauth.Config]()
	for i := range cfg.NumField() {
		if f := cfg.Field(i); !snake.MatchString(f.Tag.Get("yaml")) {
			t.Errorf("%s has the tag %q", f.Name, f.Tag)
		}
	}
}
