package supervisor

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Process is one process of one boot of this machine, and no other.
type Process struct {
	PID   int    `json:"pid"`
	Start uint64 `json:"start"` // clock ticks after boot; field 22 of /proc/PID/stat, proc(5)
	Boot  string `json:"boot"`  // /proc/sys/kernel/random/boot_id
}

// Identify says which process has the pid now.
func Identify(pid int) (Process, error) {
	boot, err := BootID()
	if err != nil {
		return Process{}, err
	}
	s, err := statOf(pid)
	return Process{PID: pid, Start: s.start, Boot: boot}, err
}

// Alive reports whether that very process runs. A process that we may not see
// (hidepid in proc(5)) looks as if it did not.
func (p Process) Alive() bool {
	if p.PID <= 0 {
		return false
	}
	now, err := Identify(p.PID)
	if err != nil || now != p {
		return false
	}
	s, err := statOf(p.PID)
	return err == nil && s.state != 'Z' && s.state != 'X'
}

// BootID names the time since the kernel was started.
func BootID() (string, error) {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(b)), nil
}

// OthersVisible reports whether processes of other users can be seen in /proc.
func OthersVisible() bool {
	_, err := statOf(1)
	return err == nil
}

// stat is what is needed of /proc/PID/stat.
type stat struct {
	state  byte
	parent int
	start  uint64
}

var errStat = errors.New("unreadable /proc/PID/stat")

func statOf(pid int) (stat, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	return parseStat(text)
}

// parseStat reads the fields behind the command's name, which stands in
// parentheses and may hold anything.
func parseStat(text []byte) (stat, error) {
	const parent, start = 4, 22 // numbered from 1, as proc(5) does
	i := bytes.LastIndexByte(text, ')')
	if i < 0 {
		return stat{}, errStat
	}
	fields := strings.Fields(string(text[i+1:])) // from field 3 on
	if len(fields) < start-2 || len(fields[0]) != 1 {
		return stat{}, errStat
	}
	ppid, err1 := strconv.Atoi(fields[parent-3])
	ticks, err2 := strconv.ParseUint(fields[start-3], 10, 64)
	if err1 != nil || err2 != nil {
		return stat{}, errStat
	}
	return stat{state: fields[0][0], parent: ppid, start: ticks}, nil
}
