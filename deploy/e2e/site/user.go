package site

import (
	"os"
	"os/user"
	"strconv"
	"syscall"
	"testing"
)

// service is the user that gateways run as, so that the sudo rule is what lets
// them submit.
const service = "berth"

// credential is what a process of the user runs with.
func credential(t testing.TB, name string) *syscall.Credential {
	t.Helper()
	u, err := user.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: number(t, u.Uid), Gid: number(t, u.Gid)}
}

func number(t testing.TB, text string) uint32 {
	t.Helper()
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(n)
}

// WriteFor writes a file that belongs to the user.
func WriteFor(t testing.TB, name, path, text string, mode os.FileMode) {
	t.Helper()
	who := credential(t, name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, int(who.Uid), int(who.Gid)); err != nil {
		t.Fatal(err)
	}
}
