package local

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"regexp"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/command"
)

// Config describes the machine and how jobs come to belong to their owners. Dir
// and Helper are needed; the zero value of everything else has a meaning.
type Config struct {
	// Dir keeps the records of jobs. It belongs to the service's user and is made
	// if it is not there. Gateways of one installation share it.
	Dir string
	// Helper is the argv of package supervisor's command: "/usr/bin/berth",
	// "local-run".
	Helper []string
	// RunDir is where jobs' own directories are, as their owners: "" is
	// "$HOME/.berth/local". "$HOME" and "$USER" are replaced.
	RunDir string

	// SubmitAs is "sudo" (or ""), or "self": all jobs belong to the service's own
	// user, and no other owner has any.
	SubmitAs command.As
	Sudo     string         // "" is /usr/bin/sudo
	Timeout  batch.Duration // for one command; 0 is 30 s

	Queue       string         // its name; "" is "local"
	CPUs        int            // to be given away; 0 is all
	Memory      batch.Bytes    // to be given away; 0 is all
	GPUs        []GPU          // nil asks nvidia-smi; empty is none
	NvidiaSMI   string         // "" is /usr/bin/nvidia-smi
	DefaultTime batch.Duration // for a job that asks for none; 0 is no limit
	MaxTime     batch.Duration // 0 is no limit

	// Grace is the time from SIGTERM to SIGKILL; 0 is 30 s.
	Grace batch.Duration
	// Wrap is a launcher's argv, absolute, in front of each job's supervisor.
	// ${JOB}, ${MEMORY} (bytes), ${CPUS} and ${CPU_PERCENT} (100 for each CPU) are
	// replaced.
	Wrap []string
	// Cgroup is where jobs get control groups of version 2, with limits that the
	// kernel enforces: a directory that the service's user may write, with no process
	// in it but in subgroups; "auto" (or "") for the one around the gateway's own, if
	// that is called "gateway" (and there is no Wrap); or "off".
	Cgroup string
	// KeepFor is how long a finished job is reported; 0 is 7 days.
	KeepFor batch.Duration

	// Pretend makes owners of people who have no account here. nil does not.
	Pretend *Pretend

	Log *slog.Logger // nil for none
	// Watch is told of every command; see command.Config. nil for none.
	Watch func(program, outcome string, took time.Duration)
}

// GPU is one device that can be given away.
type GPU struct {
	Index string // as CUDA_VISIBLE_DEVICES takes it: a number, or a UUID
	Type  string // "a100"
}

// Pretend runs everybody's jobs as the service's own user, each owner with a home
// of his own below Homes. Nothing keeps the owners apart: it is for
// demonstrations.
type Pretend struct {
	Homes string
}

const (
	defaultQueue  = "local"
	defaultRunDir = "$HOME/.berth/local"
	defaultKeep   = 7 * 24 * time.Hour
	defaultGrace  = 30 * time.Second
)

var (
	queuePattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$`)
	gpuPattern   = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}$`)
	indexPattern = regexp.MustCompile(`^([0-9]{1,4}|(GPU|MIG)-[A-Za-z0-9/-]{1,80})$`)
)

func (c Config) withDefaults() Config {
	if c.Queue == "" {
		c.Queue = defaultQueue
	}
	if c.RunDir == "" {
		c.RunDir = defaultRunDir
	}
	if c.Timeout == 0 {
		c.Timeout = batch.Duration(30 * time.Second)
	}
	if c.Grace == 0 {
		c.Grace = batch.Duration(defaultGrace)
	}
	if c.KeepFor == 0 {
		c.KeepFor = batch.Duration(defaultKeep)
	}
	if c.Cgroup == "" {
		c.Cgroup = CgroupAuto
	}
	if c.NvidiaSMI == "" {
		c.NvidiaSMI = "/usr/bin/nvidia-smi"
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Validate reports every fault of the configuration at once.
func (c Config) Validate() error {
	c = c.withDefaults()
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if !filepath.IsAbs(c.Dir) {
		fault("dir: %q is not an absolute path", c.Dir)
	}
	if len(c.Helper) == 0 || !filepath.IsAbs(c.Helper[0]) {
		fault("helper: %q does not begin with an absolute path", c.Helper)
	}
	if len(c.Wrap) > 0 && !filepath.IsAbs(c.Wrap[0]) {
		fault("wrap: %q does not begin with an absolute path", c.Wrap)
	}
	if c.Cgroup != CgroupAuto && c.Cgroup != CgroupOff {
		if !filepath.IsAbs(c.Cgroup) {
			fault("cgroup: %q is not auto, off or an absolute path", c.Cgroup)
		}
		if len(c.Wrap) > 0 {
			fault("cgroup, wrap: a launcher would take jobs out of their control groups")
		}
	}
	if !queuePattern.MatchString(c.Queue) {
		fault("queue: %q cannot be the name of a queue", c.Queue)
	}
	if c.CPUs < 0 || c.Memory < 0 {
		fault("cpus, memory: must not be negative")
	}
	if c.DefaultTime < 0 || c.MaxTime < 0 || c.Grace < 0 || c.KeepFor < 0 || c.Timeout < 0 {
		fault("a time must not be negative")
	}
	if c.MaxTime > 0 && c.DefaultTime > c.MaxTime {
		fault("default_time: is longer than max_time")
	}
	seen := map[string]bool{}
	for _, g := range c.GPUs {
		if !indexPattern.MatchString(g.Index) || !gpuPattern.MatchString(g.Type) {
			fault("gpus: index %q of type %q is not a device", g.Index, g.Type)
		}
		if seen[g.Index] {
			fault("gpus: index %s is there twice", g.Index)
		}
		seen[g.Index] = true
	}
	return errors.Join(faults...)
}
