package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// ownProc cuts the mounts of this namespace off from the machine's and mounts a
// /proc that shows the processes of this namespace only.
func ownProc() error {
	if err := mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	return mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
}

// mountDir makes the cluster's directory appear at mountPoint, on a /run that
// is ours but shows what the machine's shows, and gives shared memory a place
// that vanishes with the namespace.
func mountDir(dir string) error {
	// Held open, because the new /run may hide the directory.
	source, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer source.Close()
	// The name service's cache would answer with the machine's users.
	if err := ownFolder("/run", "nscd", filepath.Base(mountPoint)); err != nil {
		return err
	}
	if err := os.MkdirAll(mountPoint, 0o755); err != nil {
		return err
	}
	if err := bind(fmt.Sprintf("/proc/self/fd/%d", source.Fd()), mountPoint); err != nil {
		return err
	}
	return mount("tmpfs", "/dev/shm", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=1777")
}

// ownFolder mounts a new folder over one of the machine's, with everything from
// the old one bound into it but for what is left out. Entries can be added, and
// others put in their place, without a trace on the machine.
func ownFolder(dir string, leftOut ...string) error {
	old, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer old.Close()
	entries, err := old.ReadDir(-1)
	if err != nil {
		return err
	}
	if err := mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		return err
	}
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		from := fmt.Sprintf("/proc/self/fd/%d/%s", old.Fd(), e.Name())
		switch {
		case slices.Contains(leftOut, e.Name()):
			continue
		case e.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(from)
			if err == nil {
				err = os.Symlink(target, name)
			}
			if err != nil {
				return err
			}
			continue
		case e.IsDir():
			err = os.Mkdir(name, 0o755)
		default:
			err = os.WriteFile(name, nil, 0o600)
		}
		if err == nil {
			err = bind(from, name)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // it may have gone since
			return err
		}
	}
	return nil
}

func bind(from, to string) error {
	return mount(from, to, "", unix.MS_BIND|unix.MS_REC, "")
}

func mount(from, to, kind string, flags uintptr, options string) error {
	if err := unix.Mount(from, to, kind, flags, options); err != nil {
		return &fs.PathError{Op: "mount", Path: to, Err: err}
	}
	return nil
}
