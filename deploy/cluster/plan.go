package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// mountPoint is where the cluster's directory appears inside. It is short,
// because the path of a Unix socket must stay under 108 bytes, and every user
// can enter it, wherever the directory really is.
const mountPoint = "/run/berth-cluster"

// inside is the path of one of the cluster's files as everything in the
// cluster sees it.
func inside(elem ...string) string {
	return filepath.Join(append([]string{mountPoint}, elem...)...)
}

// plan is what the outer process decided. The inner ones read it from planFile.
type plan struct {
	Dir        string     // the cluster's directory on the machine, absolute
	Berth      string     // the berth binary to offer to every user, or empty
	Command    []string   // what to run in the cluster; empty for the demo
	Addr       string     // where the demo's berth listens
	Keep       bool       // go on with the Slurm state of the last start
	Quiet      bool       // print errors only
	Accounting accounting // on or off
	// LimitMemory lets the kernel end jobs that use more memory than they asked
	// for.
	LimitMemory bool
	Ports       ports
}

// demo tells whether berth is what runs in the cluster.
func (p plan) demo() bool { return len(p.Command) == 0 }

func (p plan) file(elem ...string) string {
	return filepath.Join(append([]string{p.Dir}, elem...)...)
}

const planFile = "plan.json"

func (p plan) save() error {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(p.file(planFile), append(text, '\n'), 0o644)
}

func loadPlan(path string) (plan, error) {
	var p plan
	text, err := os.ReadFile(path)
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return p, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}
