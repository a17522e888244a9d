package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/berth-hpc/berth/deploy/e2e/site"
)

// TestConfigCheck breaks a good config file in one place and expects to be told
// where.
func TestConfigCheck(t *testing.T) {
	t.Parallel()
	g := site.Prepare(t, "config", nil)
	good := g.YAML(t)
	if out, code := g.Berth(t, "", "config", "check"); code != 0 || !strings.Contains(out, "ok") {
		t.Fatalf("the good file: exit status %d, %s", code, out)
	}
	for _, c := range []struct{ name, old, new, place, words string }{
		{"an unknown key", "site_name:", "sitename:", "sitename", `site_name`},
		{"an unknown key inside", "    submit_as: sudo", "    submit_via: sudo", "submit_via", "submit_as"},
		{"a wrong kind of value", "max_conns: 6", "max_conns: six", "six", "number"},
		{"a wrong span", "poll_interval: 1s", "poll_interval: soon", "soon", "soon"},
		{"a wrong choice", "transport: starttls", "transport: carrier-pigeon", "carrier-pigeon", "starttls"},
		{"a wrong address", "public_url: http", "public_url: gopher", "gopher", "public_url"},
		{"a key twice", "site_name: End-to-end", "site_name: a\nsite_name: b", "site_name: b", "twice"},
		{"broken YAML", "ldap:\n", "ldap: [\n", "", ""},
		{"a user in the place of a list", "allowed_groups: [researchers]", "allowed_groups: researchers", "researchers", "list"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(good, c.old) {
				t.Fatalf("the good file has no %q", c.old)
			}
			broken := strings.Replace(good, c.old, c.new, 1)
			file := filepath.Join(g.Dir(), "broken-"+strings.ReplaceAll(c.name, " ", "-")+".yaml")
			site.WriteFor(t, "berth", file, broken, 0o644)
			out, code := g.Berth(t, "", "config", "check", "--config", file)
			if code == 0 {
				t.Fatalf("the broken file passes: %s", out)
			}
			if !regexp.MustCompile(regexp.QuoteMeta(file) + `:\d+:\d+: `).MatchString(out) {
				t.Errorf("no file, line and column in: %s", out)
			}
			if c.place != "" && !strings.Contains(out, file+":"+placeOf(broken, c.place)) {
				t.Errorf("the fault is at %s, not where it says: %s", placeOf(broken, c.place), out)
			}
			if !strings.Contains(out, c.words) {
				t.Errorf("nothing about %q in: %s", c.words, out)
			}
			if out, code := g.Berth(t, "", "serve", "--config", file); code == 0 {
				t.Errorf("a gateway starts with it: %s", out)
			}
		})
	}
	if out, code := g.Berth(t, "", "config", "check", "--config", "/nowhere.yaml"); code == 0 || !strings.Contains(out, "/nowhere.yaml") {
		t.Errorf("a file that is not there: exit status %d, %s", code, out)
	}
}

// placeOf is where a text begins in a file: "line:column", from 1.
func placeOf(file, text string) string {
	before, _, _ := strings.Cut(file, text)
	line := strings.Count(before, "\n")
	return fmt.Sprintf("%d:%d", line+1, len(before)-strings.LastIndex(before, "\n"))
}

// TestLDAPCheck shows the steps of a sign-in, and never a password.
func TestLDAPCheck(t *testing.T) {
	t.Parallel()
	g := site.Prepare(t, "ldap-check", nil)
	const wrong = "wrong-horse-battery"
	for _, c := range []struct {
		name, user, password string
		code                 int
		words                []string
	}{
		{"alice", "alice", "alice\n", 0, []string{"ok", "uid=alice,ou=people", "alice may sign in (user)", "researchers"}},
		{"an admin", "carol", "carol\n", 0, []string{"carol may sign in (admin)"}},
		{"a wrong password", "alice", wrong + "\n", 1, []string{"FAIL", "password"}},
		{"nobody", "mallory", wrong + "\n", 1, []string{"FAIL"}},
		{"an option", "-oProxyCommand=x", wrong + "\n", 1, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, code := g.Berth(t, c.password, "ldap", "check", "--user="+c.user)
			if code != c.code {
				t.Errorf("exit status %d: %s", code, out)
			}
			for _, w := range c.words {
				if !strings.Contains(out, w) {
					t.Errorf("no %q in: %s", w, out)
				}
			}
			for _, secret := range []string{wrong, "berth-service"} {
				if strings.Contains(out, secret) {
					t.Errorf("a password is shown: %s", out)
				}
			}
		})
	}
	for _, c := range []struct {
		name, old, new string
		code           int
		words          []string
	}{
		{"no directory", g.LDAPURL, "ldap://" + site.FreeAddr(t), 1, []string{"refused"}},
		{"another directory that answers", `urls: ["`, `urls: ["ldap://` + site.FreeAddr(t) + `", "`, 0, []string{"refused", "alice may sign in"}},
		{"LDAPS", `urls: ["` + g.LDAPURL + `"]` + "\n  transport: starttls", `urls: ["` + os.Getenv("BERTH_TEST_LDAPS_URL") + `"]` + "\n  transport: ldaps", 0, []string{"alice may sign in"}},
		{"a bind without a search", "user_base_dn: ou=people,dc=example,dc=org", `dn_templates: ["uid={username},ou=nobody,dc=example,dc=org", "uid={username},ou=people,dc=example,dc=org"]` + "\n  user_base_dn: ou=people,dc=example,dc=org", 0, []string{"alice may sign in"}},
		{"no group that may", "allowed_groups: [researchers]", "allowed_groups: [astronauts]", 1, []string{"FAIL"}},
		{"another authority", "ca_file: " + g.LDAPCA, "ca_file: /etc/ssl/certs/ca-certificates.crt", 1, []string{"FAIL", "certificate"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(g.YAML(t), c.old) {
				t.Fatalf("the config has no %q", c.old)
			}
			file := filepath.Join(g.Dir(), strings.ReplaceAll(c.name, " ", "-")+".yaml")
			site.WriteFor(t, "berth", file, strings.Replace(g.YAML(t), c.old, c.new, 1), 0o644)
			out, code := g.Berth(t, "alice\n", "ldap", "check", "-u", "alice", "--config", file)
			if code != c.code {
				t.Errorf("exit status %d: %s", code, out)
			}
			for _, w := range c.words {
				if !strings.Contains(out, w) {
					t.Errorf("no %q in: %s", w, out)
				}
			}
		})
	}
}
