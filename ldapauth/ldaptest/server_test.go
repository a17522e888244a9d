package ldaptest_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/ldapauth/ldaptest"
	"github.com/go-ldap/ldap/v3"
)

func TestServerHoldsTheDemoTreeAcrossRestart(t *testing.T) {
	t.Parallel()
	s := ldaptest.Start(t, ldaptest.Options{})
	s.Stop()
	if c, err := ldap.DialURL(s.URL); err == nil {
		_ = c.Close()
		t.Fatal("a stopped server still answers")
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{s.URL, s.LDAPIURL} {
		c, err := ldap.DialURL(url)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		if err := c.Bind(s.BindDN, s.BindPassword); err != nil {
			t.Fatalf("%s: %v", url, err)
		}
		res, err := c.Search(&ldap.SearchRequest{
			BaseDN: ldaptest.UserDN("alice"), Filter: "(objectClass=person)",
			Attributes: []string{"uid", "uidNumber", "memberOf", "userPassword"},
		})
		if err != nil || len(res.Entries) != 1 {
			t.Fatalf("%s: %v, %v", url, res, err)
		}
		alice := res.Entries[0]
		if got := alice.GetAttributeValue("uidNumber"); got != "2001" {
			t.Errorf("uidNumber is %q", got)
		}
		if got := alice.GetAttributeValues("memberOf"); len(got) != 2 {
			t.Errorf("memberOf is %q, want researchers and gpu-users", got)
		}
		if got := alice.GetAttributeValue("userPassword"); got != "" {
			t.Error("the service account can read passwords")
		}
	}
	for _, name := range ldaptest.Users {
		c, err := ldap.DialURL(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Bind(ldaptest.UserDN(name), name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_ = c.Close()
	}
}

// ldapadd takes the rendered tree: it is checked by OpenLDAP's own parser.
func TestDemoLDIFIsAcceptedByLdapadd(t *testing.T) {
	t.Parallel()
	ldapadd, err := exec.LookPath("ldapadd")
	if err != nil {
		t.Skip("ldapadd is not installed")
	}
	s := ldaptest.Start(t, ldaptest.Options{})
	cmd := exec.CommandContext(t.Context(), ldapadd, "-n", "-x", "-H", s.URL)
	cmd.Stdin = strings.NewReader(ldaptest.DemoLDIF())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got, want := strings.Count(string(out), "adding new entry"), strings.Count(ldaptest.DemoLDIF(), "dn: "); got != want {
		t.Errorf("ldapadd saw %d entries of %d: %s", got, want, out)
	}
}

func TestLDIFEncodesWhatIsNotSafe(t *testing.T) {
	t.Parallel()
	got := ldaptest.LDIF([]ldaptest.Entry{{DN: "cn=x", Attributes: []ldaptest.Attribute{
		ldaptest.Attr("description", "plain", " space", "a\nb", "é", "a "),
	}}})
	want := "dn: cn=x\ndescription: plain\ndescription:: IHNwYWNl\ndescription:: YQpi\ndescription:: w6k=\ndescription:: YSA=\n\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
