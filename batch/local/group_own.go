package local

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

var errNoGroup = errors.New("no control groups of version 2 are mounted")

// ownGroup is the directory of the control group of version 2 that this process is in.
func ownGroup() (string, error) {
	membership, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", err
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return "", err
	}
	return groupDir(string(membership), string(mounts))
}

// groupDir finds the directory by /proc/PID/cgroup (cgroups(7)) and
// /proc/PID/mountinfo (proc(5)).
func groupDir(membership, mounts string) (string, error) {
	path := ""
	for line := range strings.Lines(membership) {
		if rest, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "0::"); ok {
			path = rest
		}
	}
	if !filepath.IsAbs(path) {
		return "", errNoGroup
	}
	for line := range strings.Lines(mounts) {
		mount, kind, ok := strings.Cut(line, " - ")
		fields := strings.Fields(mount)
		if !ok || !strings.HasPrefix(kind, "cgroup2 ") || len(fields) < 5 {
			continue
		}
		root, point := fields[3], fields[4]
		below, err := filepath.Rel(root, path)
		if err == nil && filepath.IsAbs(point) && below != ".." && !strings.HasPrefix(below, "../") {
			return filepath.Join(point, below), nil
		}
	}
	return "", errNoGroup
}
