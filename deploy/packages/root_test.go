package packages

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// root is a folder with as much of a system as maintainer scripts need: a shell,
// a few programs with their libraries, and dpkg's records. It has no systemd.
type root string

// known is what the packages that ours depends on look like to dpkg.
const known = `Package: sudo
Status: install ok installed
Maintainer: nobody
Architecture: all
Version: 1
Description: stands for what is there

Package: passwd
Status: install ok installed
Maintainer: nobody
Architecture: all
Version: 1
Description: stands for what is there
`

func newRoot(t *testing.T) root {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("dpkg needs root to install into a folder")
	}
	r := root(t.TempDir())
	for name, text := range map[string]string{
		"etc/passwd": "root:x:0:0:root:/root:/bin/sh\n", "etc/group": "root:x:0:\n",
		"etc/shadow": "root:*:19000:0:99999:7:::\n", "etc/gshadow": "root:*::\n",
		"etc/nsswitch.conf":   "passwd: files\ngroup: files\nshadow: files\ngshadow: files\n",
		"var/lib/dpkg/status": known, "var/lib/dpkg/available": "", "dev/null": "",
		"var/lib/dpkg/updates/.keep": "", "var/lib/dpkg/info/.keep": "",
	} {
		r.write(t, name, text, 0o644)
	}
	if err := os.Remove(r.at("var/lib/dpkg/updates/.keep")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(string(r), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"sh", "getent", "groupadd", "useradd", "install", "chgrp", "chmod", "rmdir"} {
		r.copyProgram(t, program)
	}
	return r
}

func (r root) at(path string) string { return filepath.Join(string(r), path) }

var library = regexp.MustCompile(`(?m)(/\S+) \(0x`)

// copyProgram puts a program of this machine and its libraries into the root.
func (r root) copyProgram(t *testing.T, name string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", `PATH=/usr/sbin:/usr/bin:/sbin:/bin; p=$(command -v "$0") && readlink -f "$p" && ldd "$p"`, name)
	out, err := cmd.Output()
	if err != nil {
		missing(t, "no "+name+" here: "+err.Error())
	}
	program, libraries, _ := strings.Cut(string(out), "\n")
	place := "usr/bin/" + name
	r.copy(t, program, place, 0o755)
	if name == "sh" {
		r.copy(t, program, "bin/sh", 0o755)
	}
	for _, m := range library.FindAllStringSubmatch(libraries, -1) {
		r.copy(t, m[1], m[1], 0o755)
	}
}

func (r root) copy(t *testing.T, from, to string, mode os.FileMode) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	r.write(t, to, string(data), mode)
}

func (r root) write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(r.at(path)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.at(path), []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(r.at(path), mode); err != nil {
		t.Fatal(err)
	}
}

func (r root) read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(r.at(path))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func (r root) has(t *testing.T, path string, want bool) {
	t.Helper()
	if _, err := os.Stat(r.at(path)); (err == nil) != want {
		t.Errorf("/%s: is it there? %v; want %v", path, err == nil, want)
	}
}

// dpkg runs dpkg on the root. It asks nothing.
func (r root) dpkg(t *testing.T, args ...string) {
	t.Helper()
	if _, err := os.Stat("/usr/bin/dpkg"); err != nil {
		missing(t, "no dpkg here")
	}
	cmd := exec.Command("/usr/bin/dpkg", append([]string{"--root=" + string(r), "--force-confold"}, args...)...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C"}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("dpkg %v: %v\n%s", args, err, out)
	}
}

// run runs a program inside.
func (r root) run(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: string(r)}
	cmd.Dir, cmd.Env = "/", []string{"PATH=/usr/bin", "HOME=/"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v: %v", args, err)
	}
	return string(out)
}

// mode checks who may do what with a file.
func (r root) mode(t *testing.T, path string, mode os.FileMode, user, group string) {
	t.Helper()
	info, err := os.Stat(r.at(path))
	if err != nil {
		t.Error(err)
		return
	}
	owner := info.Sys().(*syscall.Stat_t)
	if info.Mode().Perm() != mode || owner.Uid != r.id(t, "etc/passwd", user) || owner.Gid != r.id(t, "etc/group", group) {
		t.Errorf("/%s has mode %o, owner %d:%d; want %o, %s:%s", path, info.Mode().Perm(), owner.Uid, owner.Gid, mode, user, group)
	}
}

// id looks a name up in the root's own files.
func (r root) id(t *testing.T, file, name string) uint32 {
	t.Helper()
	for line := range strings.Lines(r.read(t, file)) {
		if f := strings.Split(line, ":"); f[0] == name {
			id, err := strconv.ParseUint(strings.TrimSpace(f[2]), 10, 32)
			if err != nil {
				t.Fatal(err)
			}
			return uint32(id)
		}
	}
	t.Errorf("no %s in /%s", name, file)
	return 0
}
