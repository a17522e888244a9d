package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// record says which process is the first of a running cluster, so that
// "cluster exec" finds it. The start time tells it from a later process that
// was given the same number.
type record struct {
	PID     int
	Started string // field 22 of /proc/PID/stat: clock ticks since boot
}

const recordFile = "running.json"

func saveRecord(dir string, pid int) error {
	started, err := processStart(pid)
	if err != nil {
		return err
	}
	text, err := json.Marshal(record{PID: pid, Started: started})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, recordFile), text, 0o600)
}

func removeRecord(dir string) { _ = os.Remove(filepath.Join(dir, recordFile)) }

// findRunning returns the first process of the cluster that runs in dir.
func findRunning(dir string) (int, error) {
	var r record
	text, err := os.ReadFile(filepath.Join(dir, recordFile))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("no cluster is running in %s", dir)
	}
	if err != nil {
		return 0, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return 0, fmt.Errorf("%s: %w", recordFile, err)
	}
	started, err := processStart(r.PID)
	if err != nil || started != r.Started {
		return 0, fmt.Errorf("no cluster is running in %s: the last one did not end cleanly", dir)
	}
	return r.PID, nil
}

// processStart reads field 22 of /proc/PID/stat, see proc(5). The name in field
// 2 may hold anything, so counting starts behind its closing bracket.
func processStart(pid int) (string, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return "", err
	}
	_, after, ok := strings.Cut(string(text[max(0, strings.LastIndexByte(string(text), ')')):]), " ")
	fields := strings.Fields(after)
	if !ok || len(fields) < 20 {
		return "", fmt.Errorf("/proc/%d/stat is not understood", pid)
	}
	return fields[19], nil
}
