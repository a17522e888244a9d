package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/command"
	"github.com/berth-hpc/berth/batch/local"
)

// localConfig is what a cluster of type local has beside the rest: one machine,
// the gateway's own, without a scheduler.
type localConfig struct {
	// Queue is its name on pages. Default local.
	Queue string `yaml:"queue"`
	// CPUs and Memory are to be given away. Default: all that the machine has.
	CPUs   int         `yaml:"cpus"`
	Memory batch.Bytes `yaml:"memory"`
	// GPUs are the devices to be given away. Default: what nvidia-smi lists; []
	// is none.
	GPUs []localGPU `yaml:"gpus"`
	// DefaultTime and MaxTime are time limits. Default: none.
	DefaultTime batch.Duration `yaml:"default_time"`
	MaxTime     batch.Duration `yaml:"max_time"`
	// Grace is the time from SIGTERM to SIGKILL. Default 30s.
	Grace batch.Duration `yaml:"grace"`
	// RunDir is where jobs' directories are, as their owners. Default
	// $HOME/.berth/local.
	RunDir string `yaml:"run_dir"`
	// Wrap is a launcher's argv in front of each job, for limits that the kernel
	// enforces. ${JOB}, ${MEMORY}, ${CPUS} and ${CPU_PERCENT} are replaced.
	Wrap []string `yaml:"wrap"`
	// Cgroup is where jobs get control groups of version 2, with limits that the
	// kernel enforces: auto, off, or a directory. Default auto: the one around the
	// gateway's own, if a subgroup was delegated to it.
	Cgroup string `yaml:"cgroup"`

	// pretend gives everybody a home below this directory, and our own user's
	// processes. The demo sets it; no file can.
	pretend string
}

type localGPU struct {
	Index string `yaml:"index"`
	Type  string `yaml:"type"`
}

// scheduler is the adapter's configuration.
func (cl clusterConfig) scheduler(c *fileConfig, log *slog.Logger) (local.Config, error) {
	self, err := os.Executable()
	if err != nil {
		return local.Config{}, fmt.Errorf("this program's own path: %w", err)
	}
	l := cl.Local
	cfg := local.Config{
		Dir: filepath.Join(c.StateDir, "local", cl.Name), Helper: []string{self, "local-run"}, RunDir: l.RunDir,
		SubmitAs: command.As(cl.SubmitAs), Timeout: cl.CommandTimeout,
		Queue: l.Queue, CPUs: l.CPUs, Memory: l.Memory, DefaultTime: l.DefaultTime, MaxTime: l.MaxTime,
		Grace: l.Grace, Wrap: l.Wrap, Cgroup: l.Cgroup, Log: log, Watch: cl.watch,
	}
	if l.GPUs != nil {
		cfg.GPUs = []local.GPU{}
	}
	for _, g := range l.GPUs {
		cfg.GPUs = append(cfg.GPUs, local.GPU{Index: g.Index, Type: g.Type})
	}
	if l.pretend != "" {
		cfg.Pretend = &local.Pretend{Homes: l.pretend}
	}
	return cfg, nil
}

func newLocal(c *fileConfig, cl clusterConfig, log *slog.Logger) (batch.Scheduler, error) {
	cfg, err := cl.scheduler(c, log)
	if err != nil {
		return nil, err
	}
	return local.New(cfg)
}

// local passes on what package local finds wrong with a cluster.
func (k *checker) local(at string, c *fileConfig, cl clusterConfig) {
	if !filepath.IsAbs(c.StateDir) {
		return // relative paths are for tries; the adapter makes sure when it starts
	}
	cfg, err := cl.scheduler(c, nil)
	if err == nil {
		err = cfg.Validate()
	}
	if err == nil {
		return
	}
	for line := range strings.Lines(err.Error()) {
		k.fault(at+"local", "%s", strings.TrimSpace(line))
	}
}
