package slurm

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/berth-hpc/berth/batch"
	"github.com/berth-hpc/berth/batch/command"
)

// Config says how to reach one Slurm cluster. The zero value is a cluster whose
// commands are in /usr/bin and find their own slurm.conf.
type Config struct {
	// Cluster is given to every command as --clusters. It is for sites where one
	// set of commands serves several clusters; "" is the cluster of slurm.conf.
	Cluster string `yaml:"cluster"`

	// BinDir is the directory of sbatch, squeue and the others. "" is /usr/bin.
	BinDir string `yaml:"bin_dir"`

	// SlurmConf is given to the commands as SLURM_CONF. "" leaves them to what was
	// compiled in. With SubmitAs "sudo" the sudo rule must let it through.
	SlurmConf string `yaml:"slurm_conf"`

	// SubmitAs says how jobs come to belong to their owner: "sudo" (or "") runs
	// sbatch and scancel through sudo, "self" submits everything as the service's
	// own user and refuses every other owner.
	SubmitAs command.As `yaml:"submit_as"`

	// Sudo is the path of sudo. "" is /usr/bin/sudo.
	Sudo string `yaml:"sudo"`

	// Timeout is for one command, 0 is 30 s. A command of a controller that is
	// down fails by itself after some ten to twenty seconds (MessageTimeout).
	Timeout batch.Duration `yaml:"timeout"`

	// GPUOption is the option that asks for GPUs: "gres" (or "") for
	// --gres=gpu:TYPE:N, "gpus-per-node" for --gpus-per-node=TYPE:N.
	GPUOption string `yaml:"gpu_option"`

	// ExtraSubmitArgs are the admin's own options for sbatch. They come after
	// ours, so that they win: "--export=NIL", "--reservation=teaching".
	ExtraSubmitArgs []string `yaml:"extra_submit_args"`

	// Log gets a debug line for every command. nil for none.
	Log *slog.Logger `yaml:"-"`

	// Watch is told of every command; see command.Config. nil for none.
	Watch func(program, outcome string, took time.Duration) `yaml:"-"`
}

const defaultTimeout = batch.Duration(30e9)

var clusterPattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$`)

func (c Config) withDefaults() Config {
	if c.BinDir == "" {
		c.BinDir = "/usr/bin"
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.GPUOption == "" {
		c.GPUOption = "gres"
	}
	return c
}

// Validate reports every fault of the configuration at once. It runs nothing.
func (c Config) Validate() error {
	c = c.withDefaults()
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if c.Cluster != "" && !clusterPattern.MatchString(c.Cluster) {
		fault("cluster: %q is not the name of a cluster", c.Cluster)
	}
	if !filepath.IsAbs(c.BinDir) {
		fault("bin_dir: %q is not an absolute path", c.BinDir)
	}
	if c.SlurmConf != "" && !filepath.IsAbs(c.SlurmConf) {
		fault("slurm_conf: %q is not an absolute path", c.SlurmConf)
	}
	if c.Sudo != "" && !filepath.IsAbs(c.Sudo) {
		fault("sudo: %q is not an absolute path", c.Sudo)
	}
	switch c.SubmitAs {
	case "", command.Sudo, command.Self:
	default:
		fault("submit_as: %q must be %q or %q", c.SubmitAs, command.Sudo, command.Self)
	}
	if c.Timeout < 0 {
		fault("timeout: must not be negative")
	}
	if c.GPUOption != "gres" && c.GPUOption != "gpus-per-node" {
		fault(`gpu_option: %q must be "gres" or "gpus-per-node"`, c.GPUOption)
	}
	for _, arg := range c.ExtraSubmitArgs {
		if !strings.HasPrefix(arg, "-") || strings.ContainsAny(arg, "\x00\n") {
			fault("extra_submit_args: %q is not an option; write --name=value in one piece", arg)
		}
	}
	return errors.Join(faults...)
}
