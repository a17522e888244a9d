package ldapauth

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A server that failed is last for a while, then first again.
func TestServerOrder(t *testing.T) {
	t.Parallel()
	d, err := NewDirectory(Config{URLs: []string{"ldap://a", "ldap://b", "ldap://c"}, UserBaseDN: "dc=x"})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1e9, 0)
	d.now = func() time.Time { return now }
	expect := func(want ...string) {
		t.Helper()
		var got []string
		for _, s := range d.order() {
			got = append(got, s.host)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	expect("a", "b", "c")
	d.mark(d.servers[0], true)
	expect("b", "c", "a")
	now = now.Add(failedFor / 2)
	d.mark(d.servers[1], true)
	expect("c", "a", "b")
	now = now.Add(failedFor / 2)
	expect("a", "c", "b")
	d.mark(d.servers[1], false)
	expect("a", "b", "c")
}
