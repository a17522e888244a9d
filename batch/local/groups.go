package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/local/supervisor"
)

// The settings of Config.Cgroup beside a path.
const (
	CgroupAuto = "auto"
	CgroupOff  = "off"
)

// gatewayGroup is the subgroup that the gateway itself is in where a site has
// delegated control groups to it: DelegateSubgroup= in systemd.resource-control(5).
// Processes may be in leaves only (cgroups(7), "no internal processes").
const gatewayGroup = "gateway"

// groups is the control group of version 2 that jobs' own are made in. It belongs
// to the service's user, as they do: owners of jobs can neither change their limits
// nor leave. nil has none.
type groups struct {
	root     string
	controls []string // those of controllers that are on for jobs
}

// controllers are those that jobs' limits need.
var controllers = []string{"memory", "cpu", "pids"}

var (
	errNoKill    = errors.New("it has no cgroup.kill: Linux 5.14 or later is needed")
	errNoControl = errors.New("none of the controllers memory, cpu and pids is there")
)

// findGroups is what the configuration asks for. Without an error it may be nil.
func findGroups(cfg Config) (*groups, error) {
	switch {
	case cfg.Cgroup == CgroupOff || cfg.Cgroup == CgroupAuto && len(cfg.Wrap) > 0:
		return nil, nil
	case cfg.Cgroup != CgroupAuto:
		g, err := openGroups(cfg.Cgroup)
		if err != nil {
			return nil, fmt.Errorf("cgroup: %w", err)
		}
		cfg.Log.Info("local jobs get control groups", "in", g.root, "controllers", g.controls)
		return g, nil
	}
	own, err := ownGroup()
	return delegated(cfg, own, err), nil
}

// delegated is what was delegated to a gateway whose own group is known, or nil.
func delegated(cfg Config, own string, err error) *groups {
	if err != nil || filepath.Base(own) != gatewayGroup {
		cfg.Log.Debug("local jobs get no control groups: none was delegated", "own", own, "err", err)
		return nil
	}
	g, err := openGroups(filepath.Dir(own))
	if err == nil && len(g.controls) == 0 {
		err = errNoControl
	}
	if err != nil {
		cfg.Log.Warn("local jobs get no control groups", "own", own, "err", err)
		return nil
	}
	cfg.Log.Info("local jobs get control groups", "in", g.root, "controllers", g.controls)
	return g
}

// openGroups makes sure that jobs' groups can be made there, and turns on what it can.
func openGroups(root string) (*groups, error) {
	const write = 2 // W_OK in access(2)
	for _, file := range []string{root, filepath.Join(root, "cgroup.procs")} {
		if err := syscall.Access(file, write); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	if _, err := os.Stat(filepath.Join(root, "cgroup.kill")); err != nil {
		return nil, fmt.Errorf("%s: %w", root, errNoKill)
	}
	there, err := os.ReadFile(filepath.Join(root, "cgroup.controllers"))
	if err != nil {
		return nil, err
	}
	on, err := os.ReadFile(filepath.Join(root, "cgroup.subtree_control"))
	if err != nil {
		return nil, err
	}
	g := &groups{root: root}
	for _, c := range controllers {
		if !slices.Contains(strings.Fields(string(there)), c) {
			continue
		}
		if !slices.Contains(strings.Fields(string(on)), c) {
			if err := group(root).write("cgroup.subtree_control", "+"+c); err != nil {
				return nil, fmt.Errorf("the controller %s cannot be turned on (processes must be in subgroups, such as %s): %w", c, gatewayGroup, err)
			}
		}
		g.controls = append(g.controls, c)
	}
	return g, nil
}

// has reports whether jobs are limited by the controller.
func (g *groups) has(controller string) bool {
	return g != nil && slices.Contains(g.controls, controller)
}

// of is the job's group, which need not exist.
func (g *groups) of(id batch.JobID) group {
	if g == nil {
		return ""
	}
	return group(filepath.Join(g.root, supervisor.GroupOf(string(id))))
}

// make makes the job's group with its limits. One that is there gets them again.
func (g *groups) make(r *record) (group, error) {
	own := g.of(r.ID)
	if own == "" {
		return "", nil
	}
	if err := os.Mkdir(string(own), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	if err := own.limit(g, r.CPUs, r.Memory); err != nil {
		own.remove()
		return "", err
	}
	return own, nil
}

// sweep ends and removes the groups of jobs of this state directory that do not
// live any more: of those that no gateway saw the end of.
func (s *Scheduler) sweep(ctx context.Context) error {
	if s.groups == nil {
		return nil
	}
	// Before the records, so that a group of a job that is started meanwhile is not
	// in the list.
	dirs, err := filepath.Glob(filepath.Join(s.groups.root, supervisor.GroupOf("*")))
	if err != nil || len(dirs) == 0 {
		return err
	}
	m, err := s.store.meta()
	if err != nil {
		return err
	}
	live, err := s.store.live()
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		id := strings.TrimPrefix(filepath.Base(dir), supervisor.GroupOf(""))
		if !supervisor.JobPattern.MatchString(id) || !strings.HasSuffix(id, "-"+m.Name) || pick(live, batch.JobID(id)) != nil {
			continue
		}
		if err := group(dir).kill(ctx); err != nil {
			return err
		}
		group(dir).remove()
	}
	return nil
}
