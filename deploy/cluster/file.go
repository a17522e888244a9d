package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
)

// read returns a file's text, or nothing if it cannot be read.
func read(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(text)
}

// write makes the file anew with exactly this mode.
func write(path, text string, mode os.FileMode) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		return err
	}
	return os.Chmod(path, mode)
}

// writeFor is write for a file that belongs to another user.
func writeFor(owner, path, text string, mode os.FileMode) error {
	if err := write(path, text, mode); err != nil {
		return err
	}
	return give(path, owner)
}

// give makes a file or directory the property of a user and their group.
func give(path, owner string) error {
	uid, gid, err := lookup(owner)
	if err != nil {
		return err
	}
	return os.Chown(path, int(uid), int(gid))
}

func lookup(name string) (uid, gid uint32, err error) {
	u, err := user.Lookup(name)
	if err != nil {
		return 0, 0, err
	}
	_, err = fmt.Sscanf(u.Uid+" "+u.Gid, "%d %d", &uid, &gid)
	return uid, gid, err
}
