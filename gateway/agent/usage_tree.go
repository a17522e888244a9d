package agent

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/berth-hpc/berth/gateway/tunnel"
)

// clockTicks is USER_HZ, in which /proc counts CPU time: 100 on every
// architecture that Go runs on.
const clockTicks = 100

// process is what one line of /proc/<pid>/stat says; see proc_pid_stat(5).
type process struct {
	parent int
	ticks  int64 // CPU time of itself and of the children it has waited for
	memory int64 // resident, in bytes
}

// tree sums up the processes that descend from the agent, itself included.
// Memory that several share is counted several times.
func (m *meter) tree() (tunnel.Usage, bool) {
	entries, err := os.ReadDir(filepath.Join(m.root, "proc"))
	if err != nil {
		return tunnel.Usage{}, false
	}
	all := map[int]process{}
	children := map[int][]int{}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		b, err := os.ReadFile(filepath.Join(m.root, "proc", e.Name(), "stat"))
		if err != nil {
			continue // it has ended meanwhile
		}
		if p, ok := parseStat(b); ok {
			all[pid] = p
			children[p.parent] = append(children[p.parent], pid)
		}
	}
	if _, ok := all[m.pid]; !ok {
		return tunnel.Usage{}, false
	}
	u := tunnel.Usage{Source: "proc"}
	seen := map[int]bool{}
	for next := []int{m.pid}; len(next) > 0; {
		pid := next[len(next)-1]
		next = next[:len(next)-1]
		if seen[pid] {
			continue
		}
		seen[pid] = true
		next = append(next, children[pid]...)
		u.Processes++
		u.CPU += float64(all[pid].ticks) / clockTicks
		u.Memory += all[pid].memory
	}
	return u, true
}

// parseStat reads a line of /proc/<pid>/stat. The command's name stands in
// parentheses and may hold anything, parentheses and spaces too.
func parseStat(line []byte) (process, bool) {
	i := bytes.LastIndexByte(line, ')')
	if i < 0 {
		return process{}, false
	}
	f := strings.Fields(string(line[i+1:])) // f[0] is field 3, the state
	if len(f) < 22 {
		return process{}, false
	}
	var n [5]int64
	for i, at := range []int{1, 11, 12, 13, 14} { // ppid, utime, stime, cutime, cstime
		v, err := strconv.ParseInt(f[at], 10, 64)
		if err != nil {
			return process{}, false
		}
		n[i] = max(v, 0)
	}
	pages, err := strconv.ParseInt(f[21], 10, 64)
	if err != nil {
		return process{}, false
	}
	return process{parent: int(n[0]), ticks: n[1] + n[2] + n[3] + n[4], memory: max(pages, 0) * int64(os.Getpagesize())}, true
}
