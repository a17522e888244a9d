package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// memoryGroups is where the kernel limits the memory of processes, with control
// groups of version 1. Slurm 22.05 needs systemd for those of version 2, which
// is not in here.
const memoryGroups = "/sys/fs/cgroup/memory"

// memoryGroup is the root of this cluster's groups. Clusters side by side differ
// in their ports.
func (p plan) memoryGroup() string {
	return filepath.Join(memoryGroups, "berth-"+strconv.Itoa(p.Ports.Slurmctld))
}

// settleMemory finds out whether the memory of jobs can be limited, if it is to
// be.
func (p *plan) settleMemory() {
	if !p.LimitMemory {
		return
	}
	err := os.Mkdir(p.memoryGroup(), 0o755)
	if err == nil || errors.Is(err, fs.ErrExist) { // of a cluster that was killed
		_, err = os.Stat(filepath.Join(p.memoryGroup(), "memory.oom_control"))
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "cluster: the memory of jobs cannot be limited here: %v\n", err)
		p.LimitMemory = false
	}
}

// mountMemoryGroup makes this cluster's group all that there is of them: every
// slurmd takes the same names below the root.
func mountMemoryGroup(p plan) error {
	if !p.LimitMemory {
		return nil
	}
	return bind(p.memoryGroup(), memoryGroups)
}

// removeMemoryGroups removes what slurmd leaves, when nothing runs in it any
// more.
func (p plan) removeMemoryGroups() error {
	if !p.LimitMemory {
		return nil
	}
	var dirs []string
	err := filepath.WalkDir(p.memoryGroup(), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return err
	})
	if err != nil {
		return err
	}
	slices.Reverse(dirs) // the inner ones first; the files in them are not real
	var errs []error
	for _, dir := range dirs {
		errs = append(errs, os.Remove(dir))
	}
	return errors.Join(errs...)
}
