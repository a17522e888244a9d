package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPackagesFor(t *testing.T) {
	t.Parallel()
	count := map[string]int{}
	for _, purpose := range []string{forDemo, forAccounting, forTest, forLint} {
		list, err := packagesFor(purpose)
		if err != nil {
			t.Fatal(err)
		}
		count[purpose] = len(list)
		for _, p := range list {
			if p.name == "" || len(p.proofs) == 0 {
				t.Errorf("%s: %+v", purpose, p)
			}
		}
	}
	if count[forDemo] < 10 || count[forDemo] >= count[forAccounting] || count[forAccounting] >= count[forTest] || count[forTest] >= count[forLint] {
		t.Errorf("each purpose adds to the one before: %v", count)
	}
	if _, err := packagesFor("tset"); err == nil {
		t.Error("an unknown purpose is accepted")
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "15")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		proofs []string
		want   string
	}{
		{[]string{"sh"}, ""},
		{[]string{"sh", "no-such-command"}, "no-such-command"},
		{[]string{filepath.Join(filepath.Dir(file), "*")}, ""},
		{[]string{file + "/none"}, file + "/none"},
	}
	for _, c := range cases {
		if got := (debianPackage{proofs: c.proofs}).missing(); got != c.want {
			t.Errorf("%v: missing %q, want %q", c.proofs, got, c.want)
		}
	}
}

func TestFilesOnly(t *testing.T) {
	t.Parallel()
	got := filesOnly("# comment\npasswd:  files sss\nhosts: files dns\nsudoers: files sss\n")
	want := "# comment\nhosts: files dns\npasswd: files\ngroup: files\nshadow: files\ngshadow: files\nsudoers: files\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := findRunning(dir); err == nil {
		t.Error("found a cluster in an empty directory")
	}
	if err := saveRecord(dir, os.Getpid()); err != nil {
		t.Fatal(err)
	}
	if pid, err := findRunning(dir); err != nil || pid != os.Getpid() {
		t.Errorf("pid %d, %v", pid, err)
	}
	// The number of a process that has ended, given to another one.
	if err := os.WriteFile(filepath.Join(dir, recordFile), []byte(`{"PID":1,"Started":"x"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if pid, err := findRunning(dir); err == nil {
		t.Errorf("took process %d for the cluster", pid)
	}
}

func TestClaimPorts(t *testing.T) {
	t.Parallel()
	var seen []int
	for range 20 {
		p, claim, err := claimPorts()
		if err != nil {
			t.Fatal(err)
		}
		defer claim.Close()
		all := append(p.Slurmd[:], p.Slurmctld, p.LDAP, p.LDAPS, p.Agent, p.Slurmdbd)
		for _, port := range all {
			if slices.Contains(seen, port) {
				t.Fatalf("port %d was given twice", port)
			}
		}
		seen = append(seen, all...)
	}
}
