package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/berth-hpc/berth/batch"
)

// group is the directory of one job's control group (cgroups(7), and
// Documentation/admin-guide/cgroup-v2.rst of Linux for its files). "" is none, of
// which nothing is asked in vain.
type group string

const (
	cpuPeriod = 100_000 // µs
	// mostTasks is far more processes and threads than a session has, and far less
	// than a machine can bear.
	mostTasks = 16384
	// emptied bounds how long killed processes may take to be gone.
	emptied = 10 * time.Second
)

func (g group) file(name string) string { return filepath.Join(string(g), name) }

func (g group) write(name, value string) error {
	f, err := os.OpenFile(g.file(name), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	return errors.Join(err, f.Close())
}

// limit sets what the controllers that are there can keep.
func (g group) limit(in *groups, cpus int, memory batch.Bytes) error {
	if in.has("memory") && memory > 0 {
		if err := g.write("memory.max", strconv.FormatInt(int64(memory), 10)); err != nil {
			return err
		}
		// Not there in a kernel that does not count swap.
		if err := g.write("memory.swap.max", "0"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if in.has("cpu") && cpus > 0 {
		if err := g.write("cpu.max", fmt.Sprintf("%d %d", cpus*cpuPeriod, cpuPeriod)); err != nil {
			return err
		}
	}
	if in.has("pids") {
		return g.write("pids.max", strconv.Itoa(mostTasks))
	}
	return nil
}

// kill ends every process in the group, and returns when none is left.
func (g group) kill(ctx context.Context) error {
	if g == "" {
		return nil
	}
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for deadline := time.Now().Add(emptied); ; {
		switch n, err := g.count("cgroup.events", "populated"); {
		case gone(err):
			return nil
		case err != nil:
			return err
		case n == 0:
			return nil
		}
		if err := g.write("cgroup.kill", "1"); err != nil && !gone(err) {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: its processes do not end", g)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
		}
	}
}

// gone reports whether the error says that the group was removed.
func gone(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENODEV) }

// outOfMemory reports whether the kernel has killed a process of the group because
// of its limit.
func (g group) outOfMemory() bool {
	if g == "" {
		return false
	}
	n, err := g.count("memory.events", "oom_kill")
	return err == nil && n > 0
}

// count is one number of a file of "name number" lines.
func (g group) count(file, name string) (int64, error) {
	text, err := os.ReadFile(g.file(file))
	if err != nil {
		return 0, err
	}
	return counted(string(text), name), nil
}

// counted is 0 where the name is not there, or is no number.
func counted(text, name string) int64 {
	for line := range strings.Lines(text) {
		if number, ok := strings.CutPrefix(strings.TrimSpace(line), name+" "); ok {
			n, _ := strconv.ParseInt(number, 10, 64)
			return max(n, 0)
		}
	}
	return 0
}

// remove removes an empty group. One that stays is swept up later.
func (g group) remove() {
	if g != "" {
		_ = syscall.Rmdir(string(g))
	}
}
