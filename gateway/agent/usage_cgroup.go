package agent

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/berth-hpc/berth/gateway/tunnel"
)

// unlimited is what control groups of version 1 say for "no limit", rounded to
// pages: anything from here up.
const unlimited = 1 << 60

// cgroup reads the job's control group (cgroups(7); "Control Group v2" in the
// kernel's documentation). It is used only when a folder on the way is named
// after the job: else the group holds more than the job, such as all of slurmd.
func (m *meter) cgroup() (tunnel.Usage, bool) {
	text, err := os.ReadFile(filepath.Join(m.root, "proc/self/cgroup"))
	if err != nil {
		return tunnel.Usage{}, false
	}
	groups := map[string]string{} // by controller; "" for version 2
	for line := range strings.Lines(string(text)) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, path, ok := strings.Cut(rest, ":")
		if !ok {
			continue
		}
		if path, ok = ofJob(path, m.job); !ok {
			continue
		}
		for c := range strings.SplitSeq(controllers, ",") {
			groups[c] = filepath.Join(controllers, path)
		}
	}
	if u, ok := m.cgroup2(groups[""]); ok {
		return u, true
	}
	return m.cgroup1(groups["memory"], groups["cpuacct"])
}

func (m *meter) cgroup2(group string) (tunnel.Usage, bool) {
	if group == "" {
		return tunnel.Usage{}, false
	}
	dir := filepath.Join(m.root, "sys/fs/cgroup", group)
	memory, ok1 := number64(dir, "memory.current")
	cpu, ok2 := field(dir, "cpu.stat", "usage_usec")
	if !ok1 || !ok2 {
		return tunnel.Usage{}, false
	}
	cache, _ := field(dir, "memory.stat", "inactive_file")
	limit, _ := number64(dir, "memory.max")
	processes, _ := number64(dir, "pids.current")
	return tunnel.Usage{
		CPU: float64(cpu) / 1e6, Memory: max(memory-cache, 0), MemoryMax: limit, Processes: int(processes), Source: "cgroup2",
	}, true
}

func (m *meter) cgroup1(memoryGroup, cpuGroup string) (tunnel.Usage, bool) {
	if memoryGroup == "" || cpuGroup == "" {
		return tunnel.Usage{}, false
	}
	base := filepath.Join(m.root, "sys/fs/cgroup")
	dir := filepath.Join(base, memoryGroup)
	memory, ok1 := number64(dir, "memory.usage_in_bytes")
	cpu, ok2 := number64(filepath.Join(base, cpuGroup), "cpuacct.usage")
	if !ok1 || !ok2 {
		return tunnel.Usage{}, false
	}
	cache, _ := field(dir, "memory.stat", "total_inactive_file")
	limit, _ := number64(dir, "memory.limit_in_bytes")
	if limit >= unlimited {
		limit = 0
	}
	return tunnel.Usage{CPU: float64(cpu) / 1e9, Memory: max(memory-cache, 0), MemoryMax: limit, Source: "cgroup1"}, true
}

// ofJob cuts a group's path after the first folder that is named after the job:
// "/system.slice/slurmstepd.scope/job_77/step_batch" after "job_77".
func ofJob(path, job string) (string, bool) {
	id := job[:len(job)-len(strings.TrimLeft(job, "0123456789"))]
	if id == "" {
		return "", false
	}
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if named(part, id) {
			return strings.Join(parts[:i+1], "/"), true
		}
	}
	return "", false
}

// named reports whether id stands in part as a whole number: "job_77" and
// "77.server", but not "job_177".
func named(part, id string) bool {
	for from := 0; ; {
		i := strings.Index(part[from:], id)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(id)
		if (start == 0 || !digit(part[start-1])) && (end == len(part) || !digit(part[end])) {
			return !strings.HasPrefix(part, "uid_") && !strings.HasPrefix(part, "user")
		}
		from = end
	}
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// number64 reads a file that holds one number; "max" is no number.
func number64(dir, file string) (int64, bool) {
	b, err := os.ReadFile(filepath.Join(dir, file)) //nolint:gosec // a path of the kernel's own
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
	return n, err == nil
}

// field reads one line "name value" of a file.
func field(dir, file, name string) (int64, bool) {
	b, err := os.ReadFile(filepath.Join(dir, file)) //nolint:gosec // a path of the kernel's own
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(b)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok && key == name {
			n, err := strconv.ParseInt(value, 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}
