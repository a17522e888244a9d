package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/berth-hpc/berth/deploy/sudoers"
)

// Files that decide who is who and who may what. Private copies are mounted
// over the machine's.
const (
	pamDeny = "auth required pam_deny.so\n"
	pamRoot = "auth sufficient pam_rootok.so\n"
	pamRest = "account required pam_permit.so\nsession required pam_permit.so\n"
)

var pam = map[string]string{
	"sudo": pamDeny + pamRest, "sudo-i": pamDeny + pamRest,
	"su": pamRoot + pamRest, "su-l": pamRoot + pamRest,
	"runuser": pamRoot + pamRest, "runuser-l": pamRoot + pamRest,
	"other": pamDeny + "account required pam_deny.so\nsession required pam_deny.so\n",
}

// mountIdentity writes the private copies and mounts them. From here on the
// demo's users exist.
func mountIdentity(p plan) error {
	if err := ownFolder("/etc"); err != nil {
		return err
	}
	users, err := readUserFiles()
	if err != nil {
		return err
	}
	if users, err = users.withPeople(); err != nil {
		return err
	}
	copies := []struct {
		path, text string
		mode       os.FileMode
	}{
		{"passwd", users.passwd, 0o644},
		{"group", users.group, 0o644},
		{"shadow", users.shadow, 0o600},
		{"gshadow", users.gshadow, 0o600},
		{"nsswitch.conf", filesOnly(read("/etc/nsswitch.conf")), 0o644},
		{"hosts", withHosts(read("/etc/hosts")), 0o644},
		{"sudoers", sudoersText, 0o440},
	}
	for _, c := range copies {
		if err := place(c.path, c.text, c.mode); err != nil {
			return err
		}
	}
	return mountDirs(p)
}

func mountDirs(p plan) error {
	fragment := strings.ReplaceAll(sudoers.Fragment, "/usr/bin/berth", inside("bin", "berth"))
	if !p.demo() {
		fragment += strings.ReplaceAll(faultyRule, "DIR", inside(faultyFolder))
	}
	if err := write(inside("etc", "sudoers.d", "berth"), fragment, 0o440); err != nil {
		return err
	}
	for name, text := range pam {
		if err := write(inside("etc", "pam.d", name), text, 0o644); err != nil {
			return err
		}
	}
	return errors.Join(
		bind(inside("etc", "sudoers.d"), "/etc/sudoers.d"),
		bind(inside("etc", "pam.d"), "/etc/pam.d"),
	)
}

// faultyFolder is where tests put folders of misbehaving commands, which a
// gateway uses as its bin_dir. Only root writes there.
const faultyFolder = "faulty"

const faultyRule = `
Cmnd_Alias   BERTH_FAULTY = DIR/*/sbatch, DIR/*/scancel
BERTH ALL = (BERTH_OWNERS) NOPASSWD: BERTH_FAULTY
`

// sudoersText stands in for the machine's /etc/sudoers. The log goes to a file:
// the machine's system log is not ours.
var sudoersText = `Defaults env_reset
Defaults !syslog
Defaults logfile=` + inside("log", "sudo.log") + `
Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
Defaults:root env_keep += "SLURM_CONF"
root ALL=(ALL:ALL) ALL
@includedir /etc/sudoers.d
`

func readUserFiles() (userFiles, error) {
	passwd, err := os.ReadFile("/etc/passwd")
	if err != nil {
		return userFiles{}, err
	}
	groups, err := os.ReadFile("/etc/group")
	if err != nil {
		return userFiles{}, err
	}
	return userFiles{
		passwd: string(passwd), group: string(groups),
		shadow: read("/etc/shadow"), gshadow: read("/etc/gshadow"),
	}, nil
}

// place mounts a file with this text in place of the one in /etc. A file that
// the machine does not have is not needed: nothing there would read ours.
func place(name, text string, mode os.FileMode) error {
	target := filepath.Join("/etc", name)
	if _, err := os.Stat(target); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	private := inside("etc", name)
	if err := write(private, text, mode); err != nil {
		return err
	}
	// The machine's goes first: what is mounted over it is dropped when somebody
	// there renames another file to it.
	if err := unix.Unmount(target, 0); err != nil {
		return &fs.PathError{Op: "unmount", Path: target, Err: err}
	}
	return bind(private, target)
}

// filesOnly makes nsswitch.conf look users up in files and nowhere else.
func filesOnly(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		database, _, _ := strings.Cut(line, ":")
		switch strings.TrimSpace(database) {
		case "passwd", "group", "shadow", "gshadow", "initgroups", "sudoers":
		default:
			b.WriteString(strings.TrimRight(line, "\n") + "\n")
		}
	}
	return b.String() + "passwd: files\ngroup: files\nshadow: files\ngshadow: files\nsudoers: files\n"
}

// withHosts adds the nodes and the machine's own name, which sudo looks up.
func withHosts(text string) string {
	names := []string{"localhost"}
	if own, err := os.Hostname(); err == nil {
		names = append(names, own)
	}
	for _, n := range nodes {
		names = append(names, n.name)
	}
	return fmt.Sprintf("127.0.0.1 %s\n%s", strings.Join(names, " "), text)
}
