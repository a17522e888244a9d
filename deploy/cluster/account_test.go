package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWithPeople(t *testing.T) {
	t.Parallel()
	machine := userFiles{
		passwd:  "root:x:0:0:root:/root:/bin/bash\nbob:x:1000:1000::/home/bob:/bin/sh\nsomeone:x:2001:2001::/:/bin/sh\nmunge:x:990:106::/:/bin/false\n",
		group:   "root:x:0:\nmunge:x:106:\nresearchers:x:5000:x\ntaken:x:989:", // without a last newline
		shadow:  "root:*:1::::::\nbob:secret:1::::::\n",
		gshadow: "",
	}
	got, err := machine.withPeople()
	if err != nil {
		t.Fatal(err)
	}
	want := userFiles{
		passwd: `root:x:0:0:root:/root:/bin/bash
munge:x:990:106::/:/bin/false
berth:x:988:988:berth:/run/berth-cluster/state:/usr/sbin/nologin
alice:x:2001:2000:Alice Ahlgren:/run/berth-cluster/home/alice:/bin/bash
bob:x:2002:2000:Bob Brandt:/run/berth-cluster/home/bob:/bin/bash
carol:x:2003:2000:Carol Castro:/run/berth-cluster/home/carol:/bin/bash
dave:x:2004:2000:Dave Dlamini:/run/berth-cluster/home/dave:/bin/bash
`,
		group: `root:x:0:
munge:x:106:
taken:x:989:
berth:x:988:
researchers:x:2000:alice,bob,carol,dave
gpu-users:x:2006:alice,carol
`,
		shadow: `root:*:1::::::
berth:*:19700:0:99999:7:::
alice:*:19700:0:99999:7:::
bob:*:19700:0:99999:7:::
carol:*:19700:0:99999:7:::
dave:*:19700:0:99999:7:::
`,
		gshadow: "berth:*::\nresearchers:*::alice,bob,carol,dave\ngpu-users:*::alice,carol\n",
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(userFiles{})); diff != "" {
		t.Error(diff)
	}
	again, err := got.withPeople() // a cluster in a cluster
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, again, cmp.AllowUnexported(userFiles{})); diff != "" {
		t.Error(diff)
	}
}

func TestTreeKnowsThePeople(t *testing.T) {
	t.Parallel()
	for _, p := range people {
		for _, line := range []string{
			"dn: uid=" + p.name + ",ou=people,dc=example,dc=org\n",
			fmt.Sprintf("\nuidNumber: %d\ngidNumber: %d\nhomeDirectory: %s\n", p.id, p.group, p.home),
			"\nuserPassword: " + p.name + "\n",
			"\nmemberUid: " + p.name + "\n",
		} {
			if !strings.Contains(tree, line) {
				t.Errorf("tree.ldif has no %q", line)
			}
		}
	}
	if !strings.Contains(tree, "\nuserPassword: "+servicePassword+"\n") {
		t.Error("tree.ldif has another password for berth's account")
	}
}
