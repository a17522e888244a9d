package supervisor

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// children are the direct children of a process.
func children(pid int) []int {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if len(files) == 0 {
		return scanChildren(pid) // a kernel without CONFIG_PROC_CHILDREN
	}
	var pids []int
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for word := range strings.FieldsSeq(string(text)) {
			if n, err := strconv.Atoi(word); err == nil {
				pids = append(pids, n)
			}
		}
	}
	return pids
}

func scanChildren(pid int) []int {
	var pids []int
	for _, other := range processes() {
		if s, err := statOf(other); err == nil && s.parent == pid {
			pids = append(pids, other)
		}
	}
	return pids
}

// processes are all that can be seen.
func processes() []int {
	entries, _ := os.ReadDir("/proc")
	var pids []int
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil {
			pids = append(pids, n)
		}
	}
	return pids
}

// descendants are the processes below pid, without pid itself.
func descendants(pid int) []int {
	const most = 1 << 16 // more than there can be: a tree that changes must not hold us
	all := children(pid)
	for i := 0; i < len(all) && len(all) < most; i++ {
		all = append(all, children(all[i])...)
	}
	return all
}

// ownMemory is the sum of what the processes have in memory for themselves:
// resident less shared pages (statm in proc(5)).
func ownMemory(pids []int) int64 {
	var pages int64
	for _, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
		if err != nil {
			continue
		}
		pages += ownPages(string(text))
	}
	return pages * int64(os.Getpagesize())
}

func ownPages(statm string) int64 {
	f := strings.Fields(statm)
	if len(f) < 3 {
		return 0
	}
	resident, err1 := strconv.ParseInt(f[1], 10, 64)
	shared, err2 := strconv.ParseInt(f[2], 10, 64)
	if err1 != nil || err2 != nil || resident < 0 || shared < 0 {
		return 0
	}
	return max(resident-shared, 0)
}

// sweep kills what carries the job's id in its environment: what is left of a job
// whose supervisor was killed.
func sweep(job string) {
	mark := jobVariable + "=" + job
	for range 3 { // what was being forked meanwhile
		found := false
		for _, pid := range processes() {
			if pid != os.Getpid() && marked(pid, mark) && syscall.Kill(pid, syscall.SIGKILL) == nil {
				found = true
			}
		}
		if !found {
			return
		}
	}
}

func marked(pid int, mark string) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if err != nil {
		return false
	}
	for entry := range strings.SplitSeq(string(text), "\x00") {
		if entry == mark {
			return true
		}
	}
	return false
}
